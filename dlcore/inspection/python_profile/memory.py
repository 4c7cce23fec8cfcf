"""The memory of this process over time, and which lines hold it."""

from __future__ import annotations

import linecache
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

MAX_POINTS = 400
MB = 1e6


@dataclass(frozen=True)
class Mark:
    """Something began here."""

    seconds: float
    words: str
    megabytes: float


@dataclass(frozen=True)
class MemoryCurve:
    """What the process held at each moment: resident memory (RSS)."""

    seconds: tuple[float, ...]
    megabytes: tuple[float, ...]
    marks: tuple[Mark, ...]

    @property
    def growth(self) -> tuple[float, ...]:
        """What each of the stretches between marks, and after the last, has added: MB."""
        borders = [*(mark.megabytes for mark in self.marks), self.megabytes[-1]]
        return tuple(after - before for before, after in pairwise(borders))


@dataclass(frozen=True)
class Allocation:
    """What the numbers and lists made by one line of source still hold."""

    file: str
    line: int
    source: str
    kilobytes: float
    blocks: int


class Sampler:
    """Reads the resident memory every few milliseconds, in a thread of its own."""

    def __init__(self, every: float) -> None:
        self._every, self._process = every, psutil.Process()
        self._began, self._ended = time.perf_counter(), threading.Event()
        self._points: list[tuple[float, float]] = []
        self._marks: list[Mark] = []
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._read()
        self._thread.start()

    def mark(self, words: str) -> None:
        """Something begins now."""
        seconds, megabytes = self._read()
        self._marks.append(Mark(seconds, words, megabytes))

    def stop(self) -> MemoryCurve:
        """Read a last time; at most MAX_POINTS of all readings are kept, evenly."""
        self._ended.set()
        self._thread.join()
        self._read()
        points = sorted(self._points)  # two threads have written them
        step = -(-len(points) // MAX_POINTS)
        kept = [*points[:-1:step], points[-1]]
        return MemoryCurve(tuple(p[0] for p in kept), tuple(p[1] for p in kept), tuple(self._marks))

    def _sample(self) -> None:
        while not self._ended.wait(self._every):
            self._read()

    def _read(self) -> tuple[float, float]:
        point = time.perf_counter() - self._began, self._process.memory_info().rss / MB
        self._points.append(point)
        return point


@contextmanager
def sampling(every: float = 0.01) -> Iterator[Sampler]:
    """Sample while the block runs, however it ends."""
    sampler = Sampler(every)
    try:
        yield sampler
    finally:
        sampler._ended.set()


@contextmanager
def tracing() -> Iterator[None]:
    """Note who asks for memory while the block runs. Everything takes about four times as long."""
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def allocations(folder: Path, limit: int) -> tuple[Allocation, ...]:
    """The lines of files in `folder` that hold most, while tracing."""
    only = [tracemalloc.Filter(True, str(folder / "*"))]
    found = tracemalloc.take_snapshot().filter_traces(only).statistics("lineno")[:limit]
    return tuple(
        Allocation(
            Path(one.traceback[0].filename).name,
            one.traceback[0].lineno,
            linecache.getline(one.traceback[0].filename, one.traceback[0].lineno).strip(),
            one.size / 1e3,
            one.count,
        )
        for one in found
    )
