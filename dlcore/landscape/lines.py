"""The straight line between two networks, or along one direction: loss and accuracy on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlcore.events import Tick
from dlcore.landscape.directions import Weights, check_alike
from dlcore.landscape.engines import Engine

AT_ONCE = 10  # points at most


@dataclass(frozen=True)
class Line:
    """`t` is 0 at the start and 1 at the end; loss in nats."""

    t: tuple[float, ...]
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]

    @property
    def barrier(self) -> float:
        """How far the loss rises above the straight line between its two ends, in nats; 0 if it never does.

        Entezari et al., "The Role of Permutation Invariance in Linear Mode Connectivity of Neural Networks",
        2022. Only what lies between the two networks counts; not a number if one on the way broke.
        """
        t, losses = np.array(self.t), np.array(self.losses)
        between = (t >= 0) & (t <= 1)
        start, end = np.interp([0.0, 1.0], t, losses)
        with np.errstate(invalid="ignore"):
            return float(np.maximum(0.0, (losses - (start + t * (end - start)))[between].max()))


def iter_line(
    engine: Engine, start: Weights, end: Weights, *, points: int = 41, reach: float = 0.25
) -> Iterator[Tick | Line]:
    """From `start` to `end`, and about `reach` times as far beyond each: Lines, each some points longer.

    Both ends are among the `points`. Raises ConfigError if the two are not of one architecture.
    """
    check_alike(start, end)
    a, b = engine.vector(start), engine.vector(end)
    inner = round((points - 1) / (1 + 2 * reach))  # steps between the ends, so that both are points
    inner += (points - 1 - inner) % 2  # and as many beyond one as beyond the other
    outer = (points - 1 - inner) // 2
    ts = [step / inner for step in range(-outer, inner + outer + 1)]
    losses: list[float] = []
    accuracies: list[float] = []
    # From the nearer end, so that both ends are exactly the networks.
    halves = [(a, b - a, [t for t in ts if t <= 0.5]), (b, a - b, [1 - t for t in ts if t > 0.5])]
    for network, along, steps in halves:
        for first in range(0, len(steps), AT_ONCE):
            judged = yield from engine.judge(network, along, steps[first : first + AT_ONCE])
            losses += [each.loss for each in judged]
            accuracies += [each.accuracy for each in judged]
            yield Line(tuple(ts[: len(losses)]), tuple(losses), tuple(accuracies))
