"""How long a worker may owe an answer: one that is suspended or hangs holds its place, and is ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from dlcore.journal import event
from dlcore.runs.protocol import Cancel, Steer
from dlcore.runs.timers import MakeTimer, Timer

BEAT_SECONDS = 5.0
BEATS = 36  # in a row without a word: a store of objects may take as long for a run's weights

log = logging.getLogger(__name__)


class Patience:
    """Whoever is told to pause, go on, stop or drop something says so at its next turn, mostly within 50 ms.

    Counted in beats, and only those in which this process listens: where it was suspended itself, or waits
    for a disk, nobody can be heard. Any word counts as an answer.
    """

    def __init__(self, kill: Callable[[], None], timer: MakeTimer) -> None:
        self._kill, self._make_timer = kill, timer
        self._lock = threading.Lock()
        self._timer: Timer | None = None  # as long as an answer is owed
        self._debt = 0  # counts them: a beat of one that is paid comes too late
        self._beats = 0
        self._listening = True

    def asks(self, message: Any) -> None:
        """Before it is sent. A value that is set is not answered."""
        if isinstance(message, Cancel) or (isinstance(message, Steer) and message.control.action != "set"):
            with self._lock:
                if self._timer is None:
                    self._debt += 1
                    self._beats = 0
                    self._wait()

    def hears(self) -> None:
        """It said something, whatever it was, or it has ended; nobody listens until `listens`."""
        with self._lock:
            self._listening = False
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def listens(self) -> None:
        with self._lock:
            self._listening = True

    def _wait(self) -> None:
        debt = self._debt
        self._timer = self._make_timer(BEAT_SECONDS, lambda: self._beat(debt))

    def _beat(self, debt: int) -> None:
        with self._lock:
            if self._timer is None or debt != self._debt:
                return
            self._beats += self._listening
            if self._beats < BEATS:
                self._wait()
                return
            self._timer = None
        log.warning("a worker owed an answer for %.0f s: it is ended", BEATS * BEAT_SECONDS)
        event("worker silent", seconds=BEATS * BEAT_SECONDS)
        self._kill()
