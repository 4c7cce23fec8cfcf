"""Four mistakes that are easily made when a surface is measured, made on purpose."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from dlcore.events import Tick
from dlcore.landscape.directions import Weights
from dlcore.landscape.engines import Engine, judge_one
from dlcore.landscape.generic_engine import GenericEngine
from dlcore.landscape.surfaces import Row
from dlcore.training.modes import OwnRandom

DROPOUT = 0.1  # where a network was trained without


def iter_walk(
    engine: Engine, weights: Weights, *, extent: float, points: int, seed: int
) -> Iterator[Tick | Row]:
    """Every cell moves on from where the one before it left the weights, in new random directions.

    What it draws is the diary of a random walk. Scaled per tensor, biases and all, as the mistake goes.
    """
    generator = torch.Generator().manual_seed(seed)
    steps = torch.linspace(-extent, extent, points).tolist()
    here = engine.vector(weights).clone()
    scale = engine.vector({name: torch.full_like(w, _root_mean_square(w)) for name, w in weights.items()})
    drawn = torch.empty_like(here)
    for row, beta in enumerate(steps):
        losses, accuracies = [], []
        for alpha in steps:  # both directions are new: one Gaussian step is as long as two at right angles
            drawn.normal_(generator=generator).mul_(scale)
            here.add_(drawn, alpha=math.hypot(alpha, beta))
            judged = yield from judge_one(engine, here)
            losses.append(judged.loss)
            accuracies.append(judged.accuracy)
        yield Row(row, tuple(range(points)), tuple(losses), tuple(accuracies))


def _root_mean_square(value: Tensor) -> float:
    return float(value.norm()) / math.sqrt(value.numel())


class DropoutEngine(GenericEngine):
    """Measures with dropout on: other units are missing at every point, and in every redraw."""

    def __init__(
        self, model: nn.Module, images: Tensor, labels: Tensor, *, redraw: int, rate: float = DROPOUT
    ) -> None:
        super().__init__(model, images, labels)
        self._random = OwnRandom(redraw, torch.device("cpu"))
        for module in self._model.modules():
            if isinstance(module, nn.Dropout):
                module.p = rate
                module.train()

    def _forward(self, weights: dict[str, Tensor], images: Tensor) -> Tensor:
        with self._random():
            return super()._forward(weights, images)
