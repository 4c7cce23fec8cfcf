"""Workers that are taken, given back, kept ready and let go: one pool for runs, one for tasks.

Processes of this machine are one kind of pool; another engine stands behind the same protocol.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from dlcore.errors import RunError
from dlcore.runs.process import NICE, WorkerProcess
from dlcore.runs.protocol import Report, Warm
from dlcore.runs.timers import MakeTimer, Timer, start_timer

IDLE_SECONDS = 300.0
MOST_TAKEN = 200  # times: torch keeps some memory of each network that is traced, and never frees it
REFUSED_SECONDS = 2.0  # between two tries to begin a process where the system has none
QUICK_SECONDS = 10.0  # whoever ends idle before that has never been ready
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)  # after so many quick ends in a row

log = logging.getLogger(__name__)


class Handle(Protocol):
    """A worker, wherever it works. What it is sent after its end is lost."""

    def send(self, message: Any) -> bool:
        """Hand over a Submission, Steer, Cancel, Hold or Warm, at once; False for one click too many."""
        ...

    def close(self) -> None:
        """Let it end."""
        ...

    def kill(self) -> None:
        """End it now, whatever it does."""
        ...

    def join(self, timeout: float) -> None:
        """Wait for its end; a worker that does not end by itself in time is killed."""
        ...


OnReport = Callable[[Report], None]
OnEnd = Callable[[Handle, str], None]  # who has ended, and how in words
Start = Callable[[OnReport, OnEnd], Handle]


class Pool(Protocol):
    """Any thread may call; nothing but `close` blocks."""

    trouble: str  # why nothing can be computed, and the way out, in a sentence; "" if all is well
    elsewhere: bool  # are there other machines, that do not end with one that does?

    @property
    def most(self) -> float:
        """As many workers as there is room for now."""
        ...

    def listen(self, on_report: OnReport, on_end: OnEnd) -> None:
        """Tell of each report, and of each worker's end; on threads of the pool's own, which may call it."""
        ...

    def take(self, *, fresh: bool = False, gpu: bool = False) -> Handle:
        """A worker: an idle one, or else, and always if it must be `fresh`, a new one.

        One that may use the GPU is given to whoever asks for it only, and counts nowhere else. Raises
        RunError if none can begin.
        """
        ...

    def give_back(self, worker: Handle) -> None:
        """Nobody needs it now. One that has ended meanwhile is gone."""
        ...

    def retire(self, worker: Handle) -> None:
        """A worker that was taken has done enough: it ends, and nobody is given it again."""
        ...

    def keep_ready(self, count: int, kind: str) -> None:
        """From now on have at least `count`, those at work among them; idle ones are warm for this kind."""
        ...

    def alive(self) -> int:
        """How many workers there are, idle ones among them."""
        ...

    def close(self, timeout: float) -> None:
        """End all workers; none starts any more."""
        ...


@dataclass
class _Known:
    """A worker that nobody has let go."""

    gpu: bool
    since: float  # when it was last taken or given back, or started
    began: float
    taken: int = 0  # times
    warmed: set[str] = field(default_factory=set)


class LocalPool:
    """Processes of this machine. Who was not needed for minutes goes, and who was taken MOST_TAKEN times.

    Whoever ends is replaced; but where one after the other ends while it warms up, after a growing pause.
    """

    trouble = ""
    elsewhere = False

    def __init__(
        self,
        *,
        nice: int = NICE,
        start: Start | None = None,
        clock: Callable[[], float] = time.monotonic,
        timer: MakeTimer = start_timer,
    ) -> None:
        self._start = start or partial(WorkerProcess, nice=nice)
        self._clock, self._make_timer = clock, timer
        self._quick_ends = 0  # in a row
        self._pause_until = -math.inf  # until then none is begun but for who asks for one
        self._refused_until, self._refusal = -math.inf, ""  # until then the system is not asked again
        self._lock = threading.RLock()
        self._known: dict[Handle, _Known] = {}
        self._idle: list[Handle] = []  # the last one is taken first
        self._ready, self._kind = 0, ""
        self._timer: Timer | None = None
        self._timer_at = math.inf
        self._closing = False

    @property
    def most(self) -> float:
        """Whoever takes them knows this machine."""
        return math.inf

    def listen(self, on_report: OnReport, on_end: OnEnd) -> None:
        self._on_report, self._on_end = on_report, on_end

    def take(self, *, fresh: bool = False, gpu: bool = False) -> Handle:
        with self._lock:
            worker = next((idle for idle in reversed(self._idle) if self._known[idle].gpu == gpu), None)
            if worker is not None:
                self._idle.remove(worker)
                if not fresh:
                    self._known[worker].taken += 1
                    return worker
                self.retire(worker)  # the new one takes its place
            worker = self._begin(gpu)
            self._known[worker].taken = 1
            return worker

    def give_back(self, worker: Handle) -> None:
        with self._lock:
            known = self._known.get(worker)
            if known is None:
                return
            # So that nobody waits for the new one, where there is a second one.
            if known.taken >= (MOST_TAKEN if self._idle else 2 * MOST_TAKEN):
                self.retire(worker)
            else:
                known.since = self._clock()
                self._idle.append(worker)
            self.tidy()

    def retire(self, worker: Handle) -> None:
        with self._lock:
            self._known.pop(worker, None)
        worker.close()

    def keep_ready(self, count: int, kind: str) -> None:
        with self._lock:
            self._ready, self._kind = count, kind
            self.tidy()

    def alive(self) -> int:
        with self._lock:
            return len(self._known)

    def close(self, timeout: float) -> None:
        with self._lock:
            self._closing = True
            workers = list(self._known)
            if self._timer is not None:
                self._timer.cancel()
        for worker in workers:
            worker.close()
        until = self._clock() + timeout  # of all: whoever ends this process waits no longer
        for place, worker in enumerate(workers):
            if not (left := max(0.0, until - self._clock())):
                for deaf in workers[place:]:  # all at once: they end side by side
                    deaf.kill()
            worker.join(left)

    def tidy(self) -> None:
        """Have as many ready as are asked for; let go whom nobody has needed for IDLE_SECONDS."""
        with self._lock:
            if self._closing:
                return
            surplus = sum(not known.gpu for known in self._known.values()) - self._ready
            for _ in range(-surplus if self._clock() >= self._pause_until else 0):
                try:
                    self._idle.insert(0, self._begin(gpu=False))  # whoever began earlier is ready earlier
                except RunError:
                    self._pause()
                    break
            for worker in sorted(self._idle, key=lambda worker: self._known[worker].since):
                known = self._known[worker]
                if known.since + IDLE_SECONDS <= self._clock() and (known.gpu or surplus > 0):
                    surplus -= not known.gpu
                    self._idle.remove(worker)
                    self.retire(worker)
                elif self._kind and self._kind not in known.warmed:
                    known.warmed.add(self._kind)
                    worker.send(Warm(self._kind))
            self._look_again()

    def _look_again(self) -> None:
        """When the next one will have been idle for long enough, or the pause is over."""
        now = self._clock()
        moments = [self._pause_until, *(self._known[worker].since + IDLE_SECONDS for worker in self._idle)]
        later = min((moment for moment in moments if moment > now), default=math.inf)
        if self._timer_at <= now:
            self._timer_at = math.inf  # it rings at this moment, or could not begin and never will
        if later < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self._timer_at = self._make_timer(later - now, self._on_time), later

    def _on_time(self) -> None:
        with self._lock:
            self._timer, self._timer_at = None, math.inf
            self.tidy()

    def _begin(self, gpu: bool) -> Handle:
        if self._clock() < self._refused_until:
            raise RunError(self._refusal)
        try:
            worker = self._start_one(gpu)
        except (OSError, RuntimeError) as error:  # too many open files, processes or threads
            self._refusal = f"No process can begin here ({error}): close other programs, wait."
            self._refused_until = self._clock() + REFUSED_SECONDS
            log.warning("%s", self._refusal)
            raise RunError(self._refusal) from error
        self._known[worker] = _Known(gpu, since=self._clock(), began=self._clock())
        return worker

    def _start_one(self, gpu: bool) -> Handle:
        """Where a process is no process of this machine, another pool says how it begins."""
        return self._start(self._on_report, self._ended)

    def _ended(self, worker: Handle, how: str) -> None:
        with self._lock:
            known = self._known.pop(worker, None)
            if worker in self._idle:
                self._idle.remove(worker)
                self._ended_idle(known)
        self._on_end(worker, how)
        self.tidy()

    def _ended_idle(self, known: _Known | None) -> None:
        now = self._clock()
        if known is None or now - known.began >= QUICK_SECONDS:
            self._quick_ends = 0
            return
        self._pause()

    def _pause(self) -> None:
        """One that could not get ready, or not even begin: so it may be with the next."""
        now = self._clock()
        if now > self._pause_until + QUICK_SECONDS + PAUSES[-1]:
            self._quick_ends = 0  # the last one was long ago
        self._pause_until = now + PAUSES[min(self._quick_ends, len(PAUSES) - 1)]
        self._quick_ends += 1
