"""What training says while it runs: small frozen records of plain numbers, never tensors.

One generator yields them; page, command line, tests and benchmarks all read the same stream.
Every event but `Tick` and `Pictured` is meant to be kept. `step` counts optimizer updates, `epoch` counts
passes from 1.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, TypeVar

Split = Literal["train", "val", "test", "fair"]  # fair: a test whose making hides nothing
Value = TypeVar("Value")
FinalStatus = Literal["finished", "stopped", "diverged"]


@dataclass(frozen=True, slots=True)
class Tick:
    """Work was done and nothing is to be said: the consumer may use the moment. Never stored."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The mean over the training samples seen since the last `Progress`.

    Further losses are `Measured`, and said before: a step ends with its `Progress`.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float | None = None  # share of correct predictions, 0..1; None if nothing is predicted
    lr: float | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What the model now makes of a few fixed images: per image, one probability per class."""

    step: int
    probabilities: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Pictured:
    """What the model now makes of a few fixed noises: square grey images, one after the other, a byte each
    pixel. Only the latest is kept, and only while the run is under way: its weights say it again.
    """

    step: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """The mean over the epoch's training samples, each measured just before its own update."""

    step: int
    epoch: int
    loss: float
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A whole split, measured with the weights as they are at this step."""

    step: int
    epoch: int
    split: Split
    loss: float
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        return self.correct / self.total


@dataclass(frozen=True, slots=True)
class Measured:
    """Something else worth following, by its name."""

    step: int
    epoch: int
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class CheckpointReady:
    """The weights of this moment are worth keeping: save them before asking for the next event.

    `within` an epoch they are a stop of the path alone: nothing goes on from there.
    """

    step: int
    epoch: int
    within: bool = False


@dataclass(frozen=True, slots=True)
class ControlApplied:
    """A control that alters the result took effect before this step."""

    step: int
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event. `reason` is a sentence when the status is `diverged`, else empty."""

    step: int
    epoch: int
    status: FinalStatus
    reason: str = ""


def drained(generator: Generator[object, None, Value]) -> Value:
    """The value of a generator whose events nobody wants."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            value: Value = end.value
            return value


Event = (
    Tick
    | Progress
    | Watched
    | Pictured
    | EpochEnd
    | Evaluated
    | Measured
    | CheckpointReady
    | ControlApplied
    | Finished
)


@dataclass(frozen=True)
class Stage:
    """A measurement on its way: which share of it is done, 0..1, and what it does now, in words."""

    share: float
    words: str
