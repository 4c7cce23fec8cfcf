"""How the detective's verdicts lie: how many real digits and how many fakes it held for how real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dlcore.events import Watched

BINS = 20  # from "surely fake" to "surely real"


@dataclass
class Verdicts:
    """Counts of scores from 0 to 1, in BINS bins each; the sums of the scores."""

    real: Tensor = field(default_factory=lambda: torch.zeros(BINS))
    fake: Tensor = field(default_factory=lambda: torch.zeros(BINS))
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    count: int = 0

    def add(self, real: Tensor, fake: Tensor) -> None:
        """Scores (B,) of as many real digits as fakes."""
        self.real += torch.histc(real, BINS, 0, 1)
        self.fake += torch.histc(fake, BINS, 0, 1)
        self.sums[0] += float(real.sum())
        self.sums[1] += float(fake.sum())
        self.count += len(real)

    @property
    def mean_real(self) -> float:
        return self.sums[0] / self.count

    @property
    def mean_fake(self) -> float:
        return self.sums[1] / self.count

    def watched(self, step: int) -> Watched:
        """As shares of all real digits, and of all fakes."""
        return Watched(step, tuple(tuple((row / self.count).tolist()) for row in (self.real, self.fake)))


def verdicts_of(watched: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """The shares per bin of real digits and of fakes that a run has watched last; None if it has not."""
    if len(watched) != 2 or any(len(row) != BINS for row in watched):
        return None
    return tuple(watched[0]), tuple(watched[1])
