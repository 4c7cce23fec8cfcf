"""The straight line between two networks, or along one direction: loss and accuracy on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from dlcore.events import Tick
from dlcore.landscape.directions import Weights, check_alike
from dlcore.landscape.engines import Engine


@dataclass(frozen=True)
class Line:
    """`t` is 0 at the start and 1 at the end; loss in nats."""

    t: tuple[float, ...]
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]

    @property
    def barrier(self) -> float:
        """How far the loss rises above the straight line between its two ends, in nats; 0 if it never does.

        Frankle et al., "Linear Mode Connectivity and the Lottery Ticket Hypothesis", 2020. Only what lies
        between the two networks counts.
        """
        t, losses = np.array(self.t), np.array(self.losses)
        between = (t >= 0) & (t <= 1)
        start, end = np.interp([0.0, 1.0], t, losses)
        return float(max(0.0, (losses - (start + t * (end - start)))[between].max()))


def iter_line(
    engine: Engine, start: Weights, end: Weights, *, points: int = 41, reach: float = 0.25
) -> Iterator[Tick | Line]:
    """From `start` to `end` and `reach` times as far beyond each; a Line with every point that is known.

    Raises ConfigError if the two are not of one architecture.
    """
    check_alike(start, end)
    a, b = engine.vector(start), engine.vector(end)
    inner = round((points - 1) / (1 + 2 * reach))  # steps between the ends, so that both are points
    outer = (points - 1 - inner) // 2
    ts = [step / inner for step in range(-outer, inner + outer + 1)]
    losses: list[float] = []
    accuracies: list[float] = []
    for t in ts:
        judged = yield from engine.judge(torch.lerp(a, b, t))
        losses.append(judged.loss)
        accuracies.append(judged.accuracy)
        yield Line(tuple(ts[: len(losses)]), tuple(losses), tuple(accuracies))
