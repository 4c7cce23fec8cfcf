"""What a profile of the black patch's training holds, and what it is a profile of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from dlcore.blackpatch.config import PatchConfig
from dlcore.inspection.phases import Part, Phase
from dlcore.inspection.python_profile.calls import Function
from dlcore.inspection.python_profile.index_race import IndexRace
from dlcore.inspection.python_profile.memory import Allocation, MemoryCurve
from dlcore.inspection.python_profile.stopwatch import TimedLine
from dlcore.schema import knob

if TYPE_CHECKING:
    from dlcore.blackpatch.twins.compare import StepTimes

MOST_WORK = 60_000_000  # a plain network of the book's size in 2,000 images and 5 epochs has 46 million
# With which of its lines a part of `train_step` begins.
_PARTS: tuple[tuple[str, Part], ...] = (
    ("network.forward(", "forward"),
    ("network.backward(", "backward"),
    ("in nudges", "update"),
)
# What the network does in each of the others.
_FUNCTIONS: tuple[tuple[str, Part], ...] = (
    ("forward", "forward"),
    ("backward", "backward"),
    ("nudge", "update"),
)
HOT = 0.05  # a line with more of the time than this is worth a name


class ProfileConfig(PatchConfig):
    """A short training. Six measurements are made of it."""

    epochs: int = knob(1, ge=1, le=5, title="Epochs", help="Passes over the training images, each measured.")
    train_size: int = knob(
        500, ge=20, le=2000, title="Training images", help="Images in an epoch. The book has 2,000."
    )
    test_size: int = knob(
        150, ge=20, le=600, title="Test images", help="Images of each of the two tests after an epoch."
    )

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        work = self.epochs * self.train_size * sum((a + 1) * b for a, b in pairwise(self.widths))
        if work > MOST_WORK:
            raise ValueError(
                f"A profile must be short: epochs times images times parameters must be at most "
                f"{MOST_WORK:,}. Got {work:,} instead."
            )
        return self


@dataclass(frozen=True)
class Profile:
    """Seconds are of training alone; making the images is seen in `memory`.

    The first two are CPU time: on a busy machine, waiting for a core is no part of the work.
    """

    config: ProfileConfig
    python: str
    seconds: float  # as it is, with no instrument but a look at the memory
    profiled_seconds: float  # under cProfile
    watched_seconds: float  # by the clock around each statement, what that costs taken off
    functions: tuple[Function, ...]  # the one with the most own time first
    lines: tuple[TimedLine, ...]  # by_object: the network's layers
    memory: MemoryCurve
    allocations: tuple[Allocation, ...]
    race: IndexRace
    twins: StepTimes
    pstats: bytes

    @property
    def slowdown(self) -> float:
        """How many times as long training takes under cProfile."""
        return self.profiled_seconds / self.seconds

    @property
    def hot_lines(self) -> tuple[TimedLine, ...]:
        """The lines that layer 1 keeps busy: its multiply-adds."""
        return tuple(line for line in self.lines if line.by_object[0] > HOT * self.watched_seconds)

    @property
    def layer_one(self) -> float:
        """The share of the time that goes into layer 1's multiply-adds."""
        return sum(line.by_object[0] for line in self.hot_lines) / self.watched_seconds

    def lines_of(self, function: str) -> tuple[TimedLine, ...]:
        """The source of a function with the time of each line; empty if its lines were not timed."""
        return tuple(line for line in self.lines if line.function == function)

    @property
    def step(self) -> tuple[Phase, ...]:
        """One training step over time, on the average, by the clock around each statement; empty if its
        lines were not timed.

        The network's own functions also work for the tests: they count per call.
        """
        lines = self.lines_of("train_step")
        if not lines:
            return ()
        steps = _calls(lines)
        took: dict[Part, float] = {"load": 0.0, "forward": 0.0, "backward": 0.0, "update": 0.0}
        part: Part = "load"
        for line in lines:
            part = next((name for sign, name in _PARTS if sign in line.source), part)
            took[part] += line.own / steps
        for function, name in _FUNCTIONS:
            network, layer = (self.lines_of(f"{owner}.{function}") for owner in ("Network", "Dense"))
            each = sum(line.own for line in (*network, *layer)) / _calls(network)
            took[name] += each * self.config.batch_size
        ends = [1000 * end for end in accumulate(took.values(), initial=0.0)]
        return tuple(Phase(name, a, b) for name, (a, b) in zip(took, pairwise(ends), strict=True))

    def layer_one_part(self, function: str) -> float:
        """Which share of a function's own time was for layer 1."""
        lines = self.lines_of(function)
        return sum(line.by_object[0] for line in lines) / (sum(line.own for line in lines) or 1.0)


def _calls(lines: tuple[TimedLine, ...]) -> int:
    """Of a function: its first statement runs once for each."""
    return next(line.runs for line in lines if line.runs)


def multiply_adds(widths: list[int]) -> tuple[int, ...]:
    """How many multiply-adds each layer needs for one image: one for each of its weights."""
    return tuple(inputs * outputs for inputs, outputs in pairwise(widths))
