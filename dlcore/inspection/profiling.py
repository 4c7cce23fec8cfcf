"""Where the black patch's training spends time and memory, measured in one go.

The same training runs several times, each time with one instrument, so that none disturbs another.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from dlcore import blackpatch
from dlcore.blackpatch import training
from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Dense, Network
from dlcore.blackpatch.training import Data, TrainState, make_data, start, train
from dlcore.events import Event, Progress, Tick
from dlcore.inspection.calls import Function, Profiled, functions_of
from dlcore.inspection.memory import Allocation, MemoryCurve, allocations, sampling, tracing
from dlcore.inspection.race import Race, iter_race
from dlcore.inspection.stopwatch import Line, lines_of, watched
from dlcore.schema import knob

WATCHED: tuple[tuple[Any, str], ...] = (
    (Dense, "forward"),
    (Dense, "backward"),
    (Dense, "nudge"),
    (Network, "forward"),
    (Network, "backward"),
    (Network, "nudge"),
    (training, "train_step"),
)
HOT = 0.05  # a line with more of the time than this is worth a name
TRACED_STEPS = 100  # of training, while each allocation is noted: that is slow, and little changes
ALLOCATIONS = 6


class ProfileConfig(PatchConfig):
    """A short training. Five measurements are made of it."""

    epochs: int = knob(1, ge=1, le=5, title="Epochs", help="Passes over the training images, each measured.")
    train_size: int = knob(
        500, ge=20, le=2000, title="Training images", help="Images in an epoch. The book has 2,000."
    )
    test_size: int = knob(
        150, ge=20, le=600, title="Test images", help="Images of each of the two tests after an epoch."
    )


@dataclass(frozen=True)
class ProfileStep:
    """How far it is, 0..1, and what is being measured."""

    share: float
    words: str


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
    lines: tuple[Line, ...]  # by_object: the network's layers
    memory: MemoryCurve
    allocations: tuple[Allocation, ...]
    race: Race
    pstats: bytes

    @property
    def slowdown(self) -> float:
        """How many times as long training takes under cProfile."""
        return self.profiled_seconds / self.seconds

    @property
    def hot_lines(self) -> tuple[Line, ...]:
        """The lines that layer 1 keeps busy: its multiply-adds."""
        return tuple(line for line in self.lines if line.by_object[0] > HOT * self.watched_seconds)

    @property
    def layer_one(self) -> float:
        """The share of the time that goes into layer 1's multiply-adds."""
        return sum(line.by_object[0] for line in self.hot_lines) / self.watched_seconds

    def lines_of(self, function: str) -> tuple[Line, ...]:
        """The source of a function with the time of each line; empty if its lines were not timed."""
        return tuple(line for line in self.lines if line.function == function)

    def layer_one_part(self, function: str) -> float:
        """Which share of a function's own time was for layer 1."""
        lines = self.lines_of(function)
        return sum(line.by_object[0] for line in lines) / (sum(line.own for line in lines) or 1.0)


def multiply_adds(widths: list[int]) -> tuple[int, ...]:
    """How many multiply-adds each layer needs for one image: one for each of its weights."""
    return tuple(inputs * outputs for inputs, outputs in pairwise(widths))


T = TypeVar("T")
Stage = Generator[float, None, T]  # yields how far it is, 0..1, and returns what it found


def iter_profile(config: ProfileConfig) -> Iterator[ProfileStep | Tick | Profile]:
    """Measure; the last event is the Profile. Meant for a process of its own: memory is the process's."""
    data, memory, seconds = yield from _told(_memory(config), 0.0, 0.15, "Training as it is")
    stats, profiled = yield from _told(_calls(config, data), 0.15, 0.4, "Training under cProfile")
    lines, watching = yield from _told(_lines(config, data), 0.4, 0.65, "Training with a clock on each line")
    held = yield from _told(_allocations(config), 0.65, 0.8, "Asking each line what it keeps in memory")
    race = yield from _told(iter_race(config, data), 0.8, 1.0, "Racing index loops")
    yield Profile(
        config=config,
        python=platform.python_version(),
        seconds=seconds,
        profiled_seconds=profiled,
        watched_seconds=watching,
        functions=functions_of(stats),
        lines=lines,
        memory=memory,
        allocations=held,
        race=race,
        pstats=stats,
    )


def _told(stage: Stage[T], first: float, last: float, words: str) -> Generator[ProfileStep | Tick, None, T]:
    """A stage as part of the whole: a ProfileStep for each twentieth, else a Tick."""
    said = -1.0
    while True:
        try:
            share = first + (last - first) * next(stage)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if share - said >= 0.05 or said < 0:
            said = share
            yield ProfileStep(share, words)
        else:
            yield Tick()


def _memory(config: ProfileConfig) -> Stage[tuple[Data, MemoryCurve, float]]:
    with sampling() as sampler:
        sampler.mark("Making images")
        data = _make_data(config)
        yield 0.0
        sampler.mark("Training")
        began = time.thread_time()
        yield from _train(config, train(_start(config), data, config.recipe))
        seconds = time.thread_time() - began
        return data, sampler.stop(), seconds


def _calls(config: ProfileConfig, data: Data) -> Stage[tuple[bytes, float]]:
    events = Profiled(train(_start(config), data, config.recipe))
    began = time.thread_time()
    yield from _train(config, events)
    return events.pstats(), time.thread_time() - began


def _lines(config: ProfileConfig, data: Data) -> Stage[tuple[tuple[Line, ...], float]]:
    with watched(WATCHED) as watch:
        state = _start(config)
        yield from _train(config, watch.follow(train(state, data, config.recipe)))
    return lines_of(watch, WATCHED, state.network.layers), sum(watch.own().values())


def _allocations(config: ProfileConfig) -> Stage[tuple[Allocation, ...]]:
    with tracing():
        data, state = _make_data(config), _start(config)
        yield 0.0
        for _ in train(state, data, config.recipe):
            yield min(1.0, state.step / TRACED_STEPS)
            if state.step >= TRACED_STEPS:
                break
        return allocations(Path(blackpatch.__file__).parent, ALLOCATIONS)


def _make_data(config: ProfileConfig) -> Data:
    return make_data(config.maker, train_size=config.train_size, test_size=config.test_size, seed=config.seed)


def _start(config: ProfileConfig) -> TrainState:
    return start(config.widths, init=config.init, lr=config.lr, seed=config.seed)


def _train(config: ProfileConfig, events: Iterator[Event]) -> Iterator[float]:
    """Train to the end, saying how far it is."""
    share = 0.0
    for event in events:
        if isinstance(event, Progress):
            share = event.step / config.total_steps
        yield share
