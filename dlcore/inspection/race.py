"""Before and after: index loops against our network, in turns, on the same images and weights."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from statistics import median

from dlcore.blackpatch import index_loops
from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import build_network
from dlcore.blackpatch.training import Data, TrainState, start, train_step

PAIRS = 9
IMAGES = 20  # of each turn: short, so that both see the same moments of a busy machine


@dataclass(frozen=True)
class Race:
    """Seconds of each turn. `difference`: the largest between two weights, after the same images."""

    images: int
    ours: tuple[float, ...]
    loops: tuple[float, ...]
    difference: float

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as long index loops took, turn by turn, sorted."""
        return tuple(sorted(loops / ours for ours, loops in zip(self.ours, self.loops, strict=True)))

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def iter_race(config: PatchConfig, data: Data) -> Generator[float, None, Race]:
    """PAIRS turns of IMAGES images each, after one turn that is not counted. Yields how far it is."""
    ours, loops = [], []
    images = list(data.train.pairs())[:IMAGES]
    state = start(config.widths, init=config.init, lr=config.lr, seed=config.seed)
    layers = index_loops.copy_layers(build_network(config.widths, init=config.init, seed=config.seed))
    for turn in range(PAIRS + 1):
        began = time.perf_counter()
        for image, label in images:
            train_step(state, [(image, label)])
        halfway = time.perf_counter()
        for image, label in images:
            index_loops.train_step(layers, image, label, config.lr)
        ended = time.perf_counter()
        if turn:
            ours.append(halfway - began)
            loops.append(ended - halfway)
        yield (turn + 1) / (PAIRS + 1)
    return Race(len(images), tuple(ours), tuple(loops), _difference(state, layers))


def _difference(state: TrainState, layers: list[index_loops.Layer]) -> float:
    return max(
        abs(ours - theirs)
        for layer, (weights, _) in zip(state.network.layers, layers, strict=True)
        for row, other in zip(layer.weights, weights, strict=True)
        for ours, theirs in zip(row, other, strict=True)
    )
