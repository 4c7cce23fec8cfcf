"""How long the lab takes: to draw each whole page and to answer each board. No names."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from starlette.types import ASGIApp, Receive, Scope, Send

from dlcore.journal import event

REMEMBERED = 200  # times of one thing
THINGS = 100
PAGES, FEW = 500, 20  # the last of all visitors, and how many are needed to tell
LATELY_SECONDS = 600.0
LONG_SECONDS = 1.0  # who waits longer, notices
SLOW_SECONDS = 3.0  # that the journal tells of
ANSWERS = ("vote", "playground", "signals", "forger", "tensors", "worksheet")  # the boards' own routes


@dataclass(frozen=True)
class Waited:
    """Of one page or board: how often, and how long in seconds."""

    what: str
    count: int
    usual: float  # the median
    longest: float


@dataclass
class Slowest:
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _pages: deque[tuple[float, float]] = field(default_factory=partial(deque, maxlen=PAGES))  # when, how long
    _lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], float] = time.perf_counter

    @contextmanager
    def timed(self, what: str, *, page_since: float | None = None) -> Iterator[None]:
        """What takes place in this `with`, also where Streamlit breaks it off to draw the page anew.

        `page_since`: it is a page, and was asked for at this moment of the clock.
        """
        began = self.clock() if page_since is None else page_since
        try:
            yield
        finally:
            self.note(what, self.clock() - began, page=page_since is not None)

    def note(self, what: str, seconds: float, *, page: bool = False) -> None:
        with self._lock:
            if page:
                self._pages.append((self.clock(), seconds))
            self._times.setdefault(what, deque(maxlen=REMEMBERED)).append(seconds)
            self._times.move_to_end(what)
            if len(self._times) > THINGS:
                self._times.popitem(last=False)
        if seconds > SLOW_SECONDS:
            event("slow", page=what, seconds=seconds)

    def answer(self) -> str:
        """Is it this computer that is slow? By the last minutes' pages together (Markdown)."""
        now = self.clock()
        with self._lock:
            last = sorted(seconds for at, seconds in self._pages if now - at <= LATELY_SECONDS)
        if len(last) < FEW:
            return f"Too few pages were drawn in the last ten minutes to tell: {len(last)} of {FEW}."
        half, most = median(last), last[math.ceil(0.95 * len(last)) - 1]
        took = f"of the last {len(last)} pages, half were there after {half:.2f} s"
        took = f"{took}, nineteen of twenty after {most:.2f} s, the network aside."
        return (
            f"**This computer is slow**: {took}" if most > LONG_SECONDS else f"**It is not this one**: {took}"
        )

    def found(self, most: int = 8) -> list[Waited]:
        """The slowest by their longest wait."""
        with self._lock:
            every = [Waited(what, len(t), median(t), max(t)) for what, t in self._times.items()]
        return sorted(every, key=lambda waited: waited.longest, reverse=True)[:most]


slowest = Slowest()


class TimesAnswers:
    """The answers of the boards, whose pages ask for them without Streamlit."""

    def __init__(self, app: ASGIApp, noted: Slowest = slowest) -> None:
        self.app = app
        self._noted = noted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = scope["path"].strip("/").partition("/")[0] if scope["type"] == "http" else ""
        if first not in ANSWERS:
            await self.app(scope, receive, send)
            return
        with self._noted.timed(f"answer of {first}"):
            await self.app(scope, receive, send)
