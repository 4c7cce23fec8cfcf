"""Before and after: index loops against our network, in turns, on the same images and weights."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import quantiles

from dlcore.blackpatch import index_loops
from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.training import Data, TrainState, start, train_step
from dlcore.events import drained

TURNS = 101
IMAGES = 2  # of a turn: so short that most turns are not interrupted on a busy machine


@dataclass(frozen=True)
class IndexRace:
    """Seconds of each turn. `difference`: the largest between two weights, after the same images."""

    images: int
    ours: tuple[float, ...]
    loops: tuple[float, ...]
    difference: float

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """How many times as long index loops took: a quarter of all turns below, half, three quarters."""
        ratios = [loops / ours for ours, loops in zip(self.ours, self.loops, strict=True)]
        low, middle, high = quantiles(ratios, n=4)
        return low, middle, high

    @property
    def ratio(self) -> float:
        return self.quartiles[1]


def iter_race(config: PatchConfig, data: Data) -> Generator[float, None, IndexRace]:
    """TURNS turns of IMAGES images for both, after one that is not counted. Yields how far it is."""
    ours, loops = [], []
    pairs = cycle(data.train.pairs())
    state = start(config.widths, init=config.init, lr=config.lr, seed=config.seed)
    layers = index_loops.copy_layers(state.network)
    for turn in range(TURNS + 1):
        images = list(islice(pairs, IMAGES))
        began = time.perf_counter()
        for image, label in images:
            drained(train_step(state, [(image, label)]))
        halfway = time.perf_counter()
        for image, label in images:
            index_loops.train_step(layers, image, label, config.lr)
        ended = time.perf_counter()
        if turn:
            ours.append(halfway - began)
            loops.append(ended - halfway)
        yield (turn + 1) / (TURNS + 1)
    return IndexRace(IMAGES, tuple(ours), tuple(loops), _difference(state, layers))


def _difference(state: TrainState, layers: list[index_loops.Layer]) -> float:
    return max(
        abs(ours - theirs)
        for layer, (weights, _) in zip(state.network.layers, layers, strict=True)
        for row, other in zip(layer.weights, weights, strict=True)
        for ours, theirs in zip(row, other, strict=True)
    )
