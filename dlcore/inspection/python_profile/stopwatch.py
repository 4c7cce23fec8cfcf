"""Time per line: each statement of a function runs between two looks at a clock.

A tracer would slow every line and every turn of a comprehension. The clock stands around whole statements,
and what it costs is measured in between, on a statement that does nothing, and taken off.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

from dlcore.inspection.python_profile.clocked import with_clock

TIMES = 50  # that a statement does nothing, each time the cost is measured
INTERRUPTED = 1e-3  # seconds; if it is also ten times the usual, another process had the core

Key = tuple[str, int, int]  # function, line, id of the object whose method it is
Event = TypeVar("Event")


@dataclass(frozen=True)
class TimedLine:
    """One line of source. `own` leaves out what the watched lines took that it called."""

    function: str  # qualified, as in Dense.forward
    number: int
    source: str
    runs: int
    own: float  # seconds
    by_object: tuple[float, ...]  # seconds of `own` that belong to each of the objects asked for


class Tally:
    """How often each statement ran, and how long. A clock for `with_clock`."""

    def __init__(self) -> None:
        self.runs: dict[Key, int] = {}
        self.seconds: dict[Key, float] = {}  # without the statements within it
        self.within: dict[Key, int] = {}  # how many statements these were
        self._open: list[tuple[float, float, list[float]]] = []

    def begin(self) -> None:
        entered = perf_counter()
        inside = [0.0, 0]  # seconds and number of the statements within this one
        self._open.append((entered, perf_counter(), inside))

    def end(self, function: str, line: int, owner: object) -> None:
        stopped = perf_counter()
        entered, started, (inner, statements) = self._open.pop()
        key = (function, line, id(owner))
        runs, before = self.runs.get(key, 0), self.seconds.get(key, 0.0)
        own = stopped - started - inner
        if runs > 8 and own > INTERRUPTED and own > 10 * before / runs:
            own = before / runs
        self.runs[key], self.seconds[key] = runs + 1, before + own
        self.within[key] = self.within.get(key, 0) + int(statements)
        if self._open:
            inside = self._open[-1][2]
            inside[0] += perf_counter() - entered
            inside[1] += 1


class Watch(Tally):
    """A tally that knows what it costs."""

    def __init__(self) -> None:
        super().__init__()
        self._nothing = Tally()
        self._do_nothing = with_clock(_do_nothing, self._nothing)  # type: ignore[arg-type]

    def follow(self, events: Iterator[Event]) -> Iterator[Event]:
        """Work that calls watched functions: what it takes beside them counts as line 0 of "the rest"."""
        while True:
            self._do_nothing(TIMES)
            self.begin()
            try:
                event = next(events)
            except StopIteration:
                return
            finally:
                self.end("the rest", 0, None)
            yield event

    def own(self) -> dict[Key, float]:
        """Seconds of each statement, without the clock's."""
        nothing = self._nothing.seconds
        loop, statement = sorted(nothing)  # by line
        runs = self._nothing.runs[statement]
        within, around = nothing[statement] / runs, nothing[loop] / runs
        return {
            key: max(0.0, seconds - self.runs[key] * within - self.within[key] * around)
            for key, seconds in self.seconds.items()
        }


@contextmanager
def watched(functions: Sequence[tuple[Any, str]]) -> Iterator[Watch]:
    """Watch these functions, each an (owner, name), while the block runs; then they are as before.

    Plain functions of modules and methods of classes. Run what calls them through `Watch.follow`.
    """
    watch = Watch()
    originals = [(owner, name, getattr(owner, name)) for owner, name in functions]
    try:
        for owner, name, function in originals:
            setattr(owner, name, with_clock(function, watch))
        yield watch
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


def lines_of(
    watch: Watch, functions: Sequence[tuple[Any, str]], objects: Sequence[Any]
) -> tuple[TimedLine, ...]:
    """Every source line of the watched functions, also those that took no time. After the watching."""
    own, lines = watch.own(), []
    for owner, name in functions:
        function = getattr(owner, name)
        qualified = function.__qualname__
        source, first = inspect.getsourcelines(function)
        for number, text in enumerate(textwrap.dedent("".join(source)).splitlines(), start=first):
            keys = [key for key in own if key[:2] == (qualified, number)]
            lines.append(
                TimedLine(
                    qualified,
                    number,
                    text,
                    sum(watch.runs[key] for key in keys),
                    sum(own[key] for key in keys),
                    tuple(own.get((qualified, number, id(one)), 0.0) for one in objects),
                )
            )
    return tuple(lines)


def _do_nothing(times: int) -> None:
    for _ in range(times):
        pass
