"""Where the black patch's training spends time and memory, measured in one go.

The same training runs several times, each time with one instrument, so that none disturbs another.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dlcore import blackpatch
from dlcore.blackpatch import training
from dlcore.blackpatch.network import Dense, Network
from dlcore.blackpatch.training import Data, TrainState, make_data, start, train
from dlcore.events import Event, Progress, Stage, Tick
from dlcore.inspection.python_profile.calls import (
    Key,
    Profiled,
    counted_once,
    counting_starts,
    functions_of,
)
from dlcore.inspection.python_profile.index_race import iter_race
from dlcore.inspection.python_profile.memory import Allocation, MemoryCurve, allocations, sampling, tracing
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.inspection.python_profile.stopwatch import TimedLine, lines_of, watched

if TYPE_CHECKING:
    from dlcore.blackpatch.twins.compare import StepTimes

WATCHED: tuple[tuple[Any, str], ...] = (
    (Dense, "forward"),
    (Dense, "backward"),
    (Dense, "nudge"),
    (Network, "forward"),
    (Network, "backward"),
    (Network, "nudge"),
    (training, "train_step"),
)
TRACED_STEPS = 100  # of training, while each allocation is noted: that is slow, and little changes
ALLOCATIONS = 6

T = TypeVar("T")
Staged = Generator[float, None, T]  # yields how far it is, 0..1, and returns what it found


def iter_profile(config: ProfileConfig) -> Iterator[Stage | Tick | Profile]:
    """Measure; the last event is the Profile. Meant for a process of its own: memory is the process's."""
    data, memory, seconds = yield from _told(_memory(config), 0.0, 0.15, "Training as it is")
    stats, profiled = yield from _told(_calls(config, data), 0.15, 0.4, "Training under cProfile")
    lines, watching, started = yield from _told(
        _lines(config, data), 0.4, 0.65, "Training with a clock on each line"
    )
    stats = counted_once(stats, started)
    held = yield from _told(_allocations(config), 0.65, 0.8, "Asking each line what it keeps in memory")
    race = yield from _told(iter_race(config, data), 0.8, 0.9, "Racing index loops")
    twins = yield from _told(_twins(config, data), 0.9, 1.0, "Racing NumPy and torch")
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
        twins=twins,
        pstats=stats,
    )


def _told(stage: Staged[T], first: float, last: float, words: str) -> Generator[Stage | Tick, None, T]:
    """A stage as part of the whole: a Stage for each twentieth, else a Tick."""
    said = -1.0
    while True:
        try:
            share = first + (last - first) * next(stage)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if share - said >= 0.05 or said < 0:
            said = share
            yield Stage(share, words)
        else:
            yield Tick()


def _memory(config: ProfileConfig) -> Staged[tuple[Data, MemoryCurve, float]]:
    with sampling() as sampler:
        sampler.mark("Making images")
        data = _make_data(config)
        yield 0.0
        sampler.mark("Training")
        began = time.thread_time()
        yield from _train(config, train(_start(config), data, config.recipe))
        seconds = time.thread_time() - began
        return data, sampler.stop(), seconds


def _calls(config: ProfileConfig, data: Data) -> Staged[tuple[bytes, float]]:
    events = Profiled(train(_start(config), data, config.recipe))
    began = time.thread_time()
    yield from _train(config, events)
    return events.pstats(), time.thread_time() - began


def _lines(
    config: ProfileConfig, data: Data
) -> Staged[tuple[tuple[TimedLine, ...], float, Mapping[Key, int]]]:
    with watched(WATCHED) as watch, counting_starts(training) as started:
        state = _start(config)
        yield from _train(config, watch.follow(training.train(state, data, config.recipe)))
    return lines_of(watch, WATCHED, state.network.layers), sum(watch.own().values()), started


def _allocations(config: ProfileConfig) -> Staged[tuple[Allocation, ...]]:
    with tracing():
        data, state = _make_data(config), _start(config)
        yield 0.0
        for _ in train(state, data, config.recipe):
            yield min(1.0, state.step / TRACED_STEPS)
            if state.step >= TRACED_STEPS:
                break
        return allocations(Path(blackpatch.__file__).parent, ALLOCATIONS)


def _twins(config: ProfileConfig, data: Data) -> Staged[StepTimes]:
    yield 0.0
    # Imported last: what torch takes would hide the training's own memory.
    from dlcore.blackpatch.twins.compare import time_train_steps

    yield 0.5
    return time_train_steps(_start(config).network, data.train, config.lr)


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
