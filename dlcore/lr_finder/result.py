"""What a range test has found: its losses, smoothed, and the learning rates that they recommend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dlcore.datasets.dataset import CLASSES
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig

LOWEST, HIGHEST = 1e-6, 10.0  # the bounds of the knob
PER_DECADE = 40  # steps in which the learning rate grows tenfold: with 20, seeds differ tenfold under SGD
STEPS = round(PER_DECADE * math.log10(HIGHEST / LOWEST)) + 1
AROUND = 5  # steps on each side that a smoothed loss averages
DIVISOR = 10  # the lowest loss stands that near to where it breaks: keep this far away
FELL = 0.9  # of the first loss: what falls less has not been shown to learn


def rate_at(step: int) -> float:
    """The learning rate of that step, counted from 0: equal steps on a log scale."""
    return float(min(HIGHEST, LOWEST * 10 ** (step / PER_DECADE)))


@dataclass(frozen=True)
class RangeTest:
    """The mean loss of each step's batch, in nats, before the step's update; `why` it ended.

    Smith 2017, "Cyclical learning rates for training neural networks", section 3.3; what is recommended are
    the two marks of fastai's `lr_find`: the steepest fall, and the lowest loss's rate divided by ten.
    """

    losses: tuple[float, ...]
    why: str = ""  # "" where it came to the highest rate

    @property
    def rates(self) -> tuple[float, ...]:
        return tuple(map(rate_at, range(len(self.losses))))

    @cached_property
    def smoothed(self) -> tuple[float, ...]:
        """Each loss averaged with its neighbours. A running mean of the past alone would lag behind."""
        return smoothed(self.losses)

    @property
    def fell(self) -> bool:
        """Did the loss ever fall by a tenth?"""
        return bool(self.losses) and min(self.smoothed) < FELL * self.smoothed[0]

    @property
    def lowest(self) -> int:
        """The step with the lowest smoothed loss."""
        return self.smoothed.index(min(self.smoothed))

    @property
    def steepest(self) -> int:
        """The step, up to the lowest, where the smoothed loss falls fastest over the log of the rate."""
        falls = [
            (after - before) / (high - low)
            for before, after, low, high in (self._around(step) for step in range(self.lowest + 1))
        ]
        return falls.index(min(falls))

    def _around(self, step: int) -> tuple[float, float, int, int]:
        low, high = max(0, step - 1), min(len(self.losses) - 1, step + 1)
        return self.smoothed[low], self.smoothed[high], low, max(high, low + 1)

    @property
    def suggestion(self) -> float | None:
        """The rate of the lowest loss divided by ten, in two digits; None where no loss fell."""
        if not self.fell:
            return None
        return max(LOWEST, float(f"{rate_at(self.lowest) / DIVISOR:.2g}"))


def smoothed(losses: Sequence[float]) -> tuple[float, ...]:
    """Means over a window centred on each step; at the ends it is cut."""
    windows = [losses[max(0, step - AROUND) : step + AROUND + 1] for step in range(len(losses))]
    return tuple(sum(window) / len(window) for window in windows)


@dataclass(frozen=True)
class Try:
    """A short training at one rate: its last losses' mean (not finite if it broke), and right answers."""

    rate: float
    loss: float
    correct: int
    total: int

    @property
    def share(self) -> float:
        return self.correct / self.total


@dataclass(frozen=True)
class Tries:
    """One short training each, from the same weights and with the same images in the same order.

    The images are of so many `classes`.
    """

    steps: int
    tries: tuple[Try, ...]
    classes: int = CLASSES

    def at(self, rate: float) -> Try | None:
        return next((one for one in self.tries if math.isclose(one.rate, rate, rel_tol=1e-6)), None)


FACTORS = (0.01, 1.0, 10.0, 100.0)


def rates_to_try(suggestion: float) -> tuple[float, ...]:
    """A hundredth of the suggestion, itself, ten and a hundred times it; none out of bounds."""
    rates = (float(f"{factor * suggestion:.3g}") for factor in FACTORS)
    return tuple(rate for rate in rates if LOWEST <= rate <= HIGHEST)


# What neither a range test nor a try hangs on: whoever turns these asks for the same work.
NOT_ASKED = frozenset({"lr", "epochs", "schedule", "val_size"})


def asked_of(config: TrainConfig) -> TrainConfig:
    """The configuration with what a range test does not read put to its default."""
    return config.replace(
        **{name: knob.default for name, knob in knobs(TrainConfig).items() if name in NOT_ASKED},
        train_size=min(config.train_size, MOST_IMAGES),
    )


MOST_IMAGES = 55_000  # the others are kept aside, to judge a try by
