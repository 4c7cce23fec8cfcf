"""What cProfile says, as a table of functions: who was called how often, and what it took."""

from __future__ import annotations

import ast
import cProfile
import io
import marshal
import pstats
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import isgeneratorfunction
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import dlcore

Key = tuple[str, int, str]  # file, line, name
Stats = dict[Key, tuple[int, int, float, float, dict[Key, Any]]]  # as in pstats.Stats.stats

ROOT = Path(dlcore.__file__).parents[1]
BUILT_IN = "~"  # cProfile's file name for what is written in C
PROFILER = "_lsprof.Profiler"  # in the names of its own methods
NOWHERE: Key = ("", 0, "")
HELPERS = {"dot"}  # built in from Python 3.12 on: so that every Python gives the same table


@dataclass(frozen=True)
class Function:
    """`own` and `cumulative` in seconds. What built-ins took counts as their caller's own."""

    name: str  # qualified, as in Dense.forward
    file: str
    line: int
    calls: int
    own: float
    cumulative: float


class Profiled:
    """An iterator that is profiled only while it computes, not while its consumer does."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._profiler = cProfile.Profile()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._profiler.enable()  # not as a context: that is a function call which would be measured too
        try:
            return next(self._events)
        finally:
            self._profiler.disable()

    def pstats(self) -> bytes:
        """What has been measured so far, as a .pstats file holds it; files are named from the project on."""
        self._profiler.create_stats()
        return marshal.dumps(_portable(_without_profiler(cast(Stats, self._profiler.stats))))


def _without_profiler(stats: Stats) -> Stats:
    """Its switching off is no part of the training. From Python 3.12 on this takes long enough to be seen:
    the interpreter then takes its marks out of all code, and nobody called it whose time it could be.
    """
    return {key: entry for key, entry in stats.items() if key[0] != BUILT_IN or PROFILER not in key[2]}


def _portable(stats: Stats) -> Stats:
    """Without the folders of this machine, which are nobody else's business."""
    short = {key: (_from_project(key[0]), *key[1:]) for caller in stats.values() for key in caller[4]}
    short |= {key: (_from_project(key[0]), *key[1:]) for key in stats}
    return {
        short[key]: (*entry[:4], {short[caller]: call for caller, call in entry[4].items()})
        for key, entry in stats.items()
    }


def _from_project(file: str) -> str:
    path = Path(file)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


@contextmanager
def counting_starts(module: ModuleType) -> Iterator[Counter[Key]]:
    """How often each generator function of `module` is called by its name there, while the block runs."""
    started: Counter[Key] = Counter()
    found = {
        name: value
        for name, value in vars(module).items()
        if isgeneratorfunction(value) and value.__module__ == module.__name__
    }
    try:
        for name, function in found.items():
            setattr(module, name, _counted(function, started))
        yield started
    finally:
        for name, function in found.items():
            setattr(module, name, function)


def _counted(function: Any, started: Counter[Key]) -> Callable[..., Any]:
    code = function.__code__
    key = _from_project(code.co_filename), code.co_firstlineno, code.co_name

    def start(*args: Any, **named: Any) -> Any:
        started[key] += 1
        return function(*args, **named)

    return start


def counted_once(data: bytes, started: Mapping[Key, int]) -> bytes:
    """The same .pstats file, in which a generator has as many calls as it was started.

    cProfile counts it anew for each value that it gives.
    """
    stats: Stats = marshal.loads(data)
    for key in stats.keys() & started.keys():
        _, resumed, own, cumulative, callers = stats[key]
        share = started[key] / resumed
        fewer = {
            caller: (max(1, round(calls * share)), max(1, round(first * share)), *times)
            for caller, (calls, first, *times) in callers.items()
        }
        stats[key] = (started[key], started[key], own, cumulative, fewer)
    return marshal.dumps(stats)


def read_stats(data: bytes) -> pstats.Stats:
    """The bytes of a .pstats file of our own making. Never call it with a file of unknown origin."""
    return pstats.Stats(_Loaded(marshal.loads(data)), stream=io.StringIO())  # type: ignore[arg-type]


@dataclass
class _Loaded:
    """What pstats.Stats takes for a profiler."""

    stats: Stats

    def create_stats(self) -> None:
        """There is nothing left to do."""


def functions_of(data: bytes) -> tuple[Function, ...]:
    """The functions of a profile, the one with the most own time first."""
    folded = fold(read_stats(data).stats)  # type: ignore[attr-defined]
    found = [
        Function(qualified(key), Path(key[0]).name, key[1], calls, own, cumulative)
        for key, (_, calls, own, cumulative, _) in folded.items()
    ]
    return tuple(sorted(found, key=lambda function: -function.own))


def fold(stats: Stats) -> Stats:
    """Give what built-ins, comprehensions and helpers took to the functions they work for.

    Comprehensions are functions of their own up to Python 3.11 only: they belong to the function around
    them. Where a built-in has several callers, its own time is split as cProfile has measured it.
    """
    folded = _with_comprehensions(stats)
    for key in [key for key in folded if key[0] == BUILT_IN or key[2] in HELPERS]:
        _, _, own, _, callers = folded.pop(key)
        callers.pop(key, None)  # it called itself
        measured = sum(call[2] for call in callers.values()) or 1.0
        whole = sum(call[3] for call in callers.values()) or 1.0
        for caller, call in callers.items():
            if caller in folded:
                cc, nc, tt, ct, its = folded[caller]
                folded[caller] = (cc, nc, tt + own * call[2] / measured, ct, its)
        for *_, others in folded.values():
            passed = others.pop(key, None)
            if passed is None:
                continue
            for caller, call in callers.items():
                share = call[3] / whole
                part = tuple(round(p * share) if isinstance(p, int) else p * share for p in passed)
                others[caller] = _added(others.get(caller), part)
    return folded


def _with_comprehensions(stats: Stats) -> Stats:
    """Comprehensions and generator expressions merged into the functions they are written in."""
    into = {key: around for key in stats if (around := _around(key)) in stats}
    merged: Stats = {}
    for key, (cc, nc, tt, ct, callers) in stats.items():
        known: dict[Key, Any] = {}
        for caller, call in callers.items():
            owner = into.get(caller, caller)
            known[owner] = _added(known.get(owner), call)
        merged[key] = (cc, nc, tt, ct, known)
    for key, around in into.items():
        own = merged.pop(key)[2]
        cc, nc, tt, ct, callers = merged[around]
        merged[around] = (cc, nc, tt + own, ct, callers)
    return merged


def _around(key: Key) -> Key:
    """The function in which a comprehension stands; NOWHERE for anything else."""
    file, line, name = key
    if file == BUILT_IN or not name.startswith("<"):
        return NOWHERE
    outer = [f for f in _functions_in(file) if f[0] <= line <= f[1]]
    if not outer:
        return NOWHERE
    first, _, qualified_name = max(outer)  # the innermost begins last
    return file, first, qualified_name.rpartition(".")[2]


def _added(one: tuple[Any, ...] | None, other: tuple[Any, ...]) -> tuple[Any, ...]:
    return other if one is None else tuple(a + b for a, b in zip(one, other, strict=True))


def qualified(key: Key) -> str:
    """The name as its source nests it: Dense.forward, not forward."""
    file, line, name = key
    return next((full for first, _, full in _functions_in(file) if first == line), name)


@cache
def _functions_in(file: str) -> tuple[tuple[int, int, str], ...]:
    """First line, last line and qualified name of every function in a file; none if it cannot be read."""
    try:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return ()
    return tuple(_functions(tree, ""))


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[int, int, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            name = prefix + child.name
            if isinstance(child, ast.FunctionDef):
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                yield first, child.end_lineno or child.lineno, name
            yield from _functions(child, f"{name}.")
