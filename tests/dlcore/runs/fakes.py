"""A pool without processes: its workers note what they are sent, and do it when the test says so."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from dlcore.run import Status
from dlcore.runs.pool import LocalPool, OnEnd, OnReport
from dlcore.runs.protocol import Cancel, Control, Hold, Report, Steer, Submission
from dlcore.runs.timers import MakeTimer, start_timer


class Clock:
    """Stands still until a test moves it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Timer:
    """Rings when the clock has come so far and a test says so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, what: Callable[[], None]) -> Timer:
        self._set.append((self._clock.now + seconds, what))
        return self

    def cancel(self) -> None:
        self._set.clear()  # a pool has one

    @property
    def rings(self) -> bool:
        """Will it, if time passes?"""
        return bool(self._set)

    @property
    def left(self) -> float:
        (moment, _), *_ = self._set
        return moment - self._clock.now

    def ring(self) -> None:
        """Let the time pass, and ring."""
        (moment, what), *_ = self._set
        self._set.clear()
        self._clock.now = moment
        what()


class Worker:
    """What it was sent stays in `sent`; it is open until somebody lets it end."""

    count = itertools.count()  # of all that is ever given to any of them

    def __init__(self, on_report: OnReport, on_end: OnEnd) -> None:
        self._on_report, self._on_end = on_report, on_end
        self._done = 0  # so many messages
        self.when: dict[str, int] = {}  # it was given which work last
        self.sent: list[Any] = []
        self.open = True
        self.full = False  # it leaves unread what it is sent
        self.at_join: Callable[[Worker], None] = lambda worker: None

    def send(self, message: Any) -> bool:
        assert self.open, "it was let go"
        if self.full:
            return False
        self.sent.append(message)
        if isinstance(message, Submission):
            self.when[message.id] = next(self.count)
        return True

    def close(self) -> None:
        self.open = False

    def kill(self) -> None:
        self.end("exit code -9")

    def join(self, timeout: float) -> None:
        self.at_join(self)

    @property
    def given(self) -> list[str]:
        """The ids of all work that it was ever given."""
        return [message.id for message in self.sent if isinstance(message, Submission)]

    def say(self, id: str, status: Status | None = None, **more: Any) -> None:
        self._on_report(Report(id, status=status, **more))

    def end(self, how: str = "exit code 0") -> None:
        self.open = False
        self._on_end(self, how)

    def obey(self) -> None:
        """Do what was asked since the last time."""
        while self.open and self._done < len(self.sent):
            message = self.sent[self._done]
            self._done += 1
            if (status := answer(message)) is not None:
                self.say(message.id, status)


def answer(message: Any) -> Status | None:
    """What a real worker says to this message, if it still has that work."""
    match message:
        case Submission(stepping=Control()) | Steer(control=Control("pause" | "step")):
            return "paused"
        case Submission() | Steer(control=Control("resume")):
            return "running"
        case Cancel() | Steer(control=Control("stop")):
            return "stopped"
        case Hold():
            return None
    return None


class Pool(LocalPool):
    """The pool of the lab, but for the processes."""

    def __init__(self, clock: Clock | None = None, timer: MakeTimer = start_timer) -> None:
        self.clock = clock or Clock()
        super().__init__(start=self._start_worker, clock=self.clock, timer=timer)
        self.started: list[Worker] = []
        self.refused: Exception | None = None  # why this machine begins no process
        self.tried = 0  # times in vain

    def _start_worker(self, on_report: OnReport, on_end: OnEnd) -> Worker:
        if self.refused is not None:
            self.tried += 1
            raise self.refused
        self.started.append(Worker(on_report, on_end))
        return self.started[-1]

    @property
    def open(self) -> list[Worker]:
        return [worker for worker in self.started if worker.open]

    def worker_of(self, id: str) -> Worker:
        """The one that was given this work last."""
        return max((worker for worker in self.started if id in worker.when), key=lambda one: one.when[id])

    def obey(self) -> None:
        """All workers do what was asked of them."""
        for worker in list(self.started):
            worker.obey()
