"""Time per line: each statement of a function runs between two looks at a clock.

A tracer would slow every line and every turn of a comprehension. Here a function is compiled once more from
its own source, with the clock around each statement; calls of other functions run as they always do.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import FunctionType
from typing import Any

TIMES = 500  # a statement that does nothing is run, to see what watching costs
INTERRUPTED = 1e-3  # seconds; if it is also ten times the usual, another process had the core


@dataclass(frozen=True)
class Line:
    """One line of source. `own` leaves out what the watched lines took that it called."""

    function: str  # qualified, as in Dense.forward
    number: int
    source: str
    runs: int
    own: float  # seconds
    by_object: tuple[float, ...]  # seconds of `own` that belong to each of the objects asked for


Key = tuple[str, int, int]  # function, line, id of the object whose method it is


class Watch:
    """The clock, and what it has measured so far. What watching itself costs is taken off again."""

    def __init__(self, within: float = 0.0, around: float = 0.0) -> None:
        self.runs: dict[Key, int] = {}
        self.own: dict[Key, float] = {}
        self.spent = 0.0  # seconds that are no statement's own: watching, and being interrupted
        self._within, self._around = within, around  # of the cost of watching, what the clock sees
        self._open: list[list[float]] = []  # entered, started, seconds and number of statements within

    def begin(self) -> None:
        entered = perf_counter()
        self._open.append([entered, perf_counter(), 0.0, 0.0])

    def end(self, function: str, line: int, owner: object) -> None:
        stopped = perf_counter()
        entered, started, inner, statements = self._open.pop()
        key = (function, line, id(owner))
        runs, before = self.runs.get(key, 0), self.own.get(key, 0.0)
        own = stopped - started - inner - self._within - self._around * statements
        if runs > 8 and own > INTERRUPTED and own > 10 * before / runs:
            self.spent += own - before / runs
            own = before / runs
        self.runs[key], self.own[key] = runs + 1, before + own
        now = perf_counter()
        self.spent += now - stopped + started - entered + self._within + self._around
        if self._open:
            self._open[-1][2] += now - entered
            self._open[-1][3] += 1


@contextmanager
def watched(functions: Sequence[tuple[Any, str]]) -> Iterator[Watch]:
    """Watch these functions, each an (owner, name), while the block runs; then they are as before.

    Plain functions of modules and methods of classes; no generators, whose statements can be interrupted.
    """
    watch = Watch(*_cost())
    originals = [(owner, name, getattr(owner, name)) for owner, name in functions]
    try:
        for owner, name, function in originals:
            setattr(owner, name, _with_clock(function, watch))
        yield watch
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


def lines_of(watch: Watch, functions: Sequence[tuple[Any, str]], objects: Sequence[Any]) -> tuple[Line, ...]:
    """Every source line of the watched functions, also those that took no time."""
    lines = []
    for owner, name in functions:
        function = getattr(owner, name)
        source, first = inspect.getsourcelines(function)
        for number, text in enumerate(textwrap.dedent("".join(source)).splitlines(), start=first):
            key = (function.__qualname__, number)
            own = {who: t for (*where, who), t in watch.own.items() if tuple(where) == key}
            lines.append(
                Line(
                    function.__qualname__,
                    number,
                    text,
                    sum(n for (*where, _), n in watch.runs.items() if tuple(where) == key),
                    max(0.0, sum(own.values())),
                    tuple(max(0.0, own.get(id(one), 0.0)) for one in objects),
                )
            )
    return tuple(lines)


def _with_clock(function: FunctionType, watch: Watch) -> FunctionType:
    """The same function, its statements timed."""
    source, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first - 1)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    arguments = [argument.arg for argument in definition.args.args]
    owner = "self" if arguments[:1] == ["self"] else "None"
    definition.decorator_list = []
    definition.body = _timed(definition.body, function.__qualname__, owner)
    code = compile(
        ast.fix_missing_locations(tree),
        function.__code__.co_filename,
        "exec",
        flags=__future__.annotations.compiler_flag,
        dont_inherit=True,
    )
    namespace: dict[str, Any] = {**function.__globals__, "_watch": watch}
    exec(code, namespace)  # our own source, as it stands in our own file
    made: FunctionType = namespace[definition.name]
    made.__qualname__ = function.__qualname__
    return made


def _nothing(times: int) -> None:
    for _ in range(times):
        pass


def _cost() -> tuple[float, float]:
    """What watching a statement adds to its own time, and to the time of the statement around it."""
    found = []
    for _ in range(5):
        watch = Watch()
        _with_clock(_nothing, watch)(TIMES)  # type: ignore[arg-type]
        around, within = (watch.own[key] / TIMES for key in sorted(watch.own))
        found.append((within, around))
    return min(within for within, _ in found), min(around for _, around in found)


def _timed(body: list[ast.stmt], function: str, owner: str) -> list[ast.stmt]:
    """begin, try the statement, finally end: for each, and for those within it."""
    made: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):  # a docstring
            made.append(statement)
            continue
        for field in ("body", "orelse"):
            if isinstance(statement, ast.For | ast.While | ast.If) and getattr(statement, field):
                setattr(statement, field, _timed(getattr(statement, field), function, owner))
        around = ast.parse(
            f"_watch.begin()\ntry: pass\nfinally: _watch.end({function!r}, {statement.lineno}, {owner})"
        )
        for node in ast.walk(around):
            if hasattr(node, "lineno"):
                ast.copy_location(node, statement)
        attempt = around.body[1]
        assert isinstance(attempt, ast.Try)
        attempt.body = [statement]
        made += around.body
    return made
