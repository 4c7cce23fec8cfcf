"""How long a worker may be silent, or owe an answer: one that is suspended or hangs is ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from dlcore.journal import event
from dlcore.runs.protocol import BEAT_SECONDS, Beat, Cancel, Report, Steer
from dlcore.runs.timers import MakeTimer, Timer

BEATS = 36  # in a row: a store of objects may take as long for a run's weights
WORD, ANSWER = "word", "answer"

log = logging.getLogger(__name__)


class Patience:
    """Whoever lives says so every few seconds, from its first word on: before, it may wait for a node.
    Whoever is told to pause, go on, stop or drop something says so at its next turn, mostly within 50 ms.

    Counted in beats of this process, and only those in which it listens: where it was suspended itself, or
    waits for a disk, nobody can be heard. Any report counts as an answer. A job that hangs, in a process that
    says that it lives, is found by what it owes alone: it may just have much to do.
    """

    def __init__(self, kill: Callable[[], None], timer: MakeTimer) -> None:
        self._kill, self._make_timer = kill, timer
        self._lock = threading.Lock()
        self._timer: Timer | None = None
        self._waited: dict[str, int] = {}  # so many beats, for what is to come
        self._listening, self._over = True, False

    def asks(self, message: Any) -> None:
        """Before it is sent. A value that is set is not answered."""
        if isinstance(message, Cancel) or (isinstance(message, Steer) and message.control.action != "set"):
            with self._lock:
                self._waited.setdefault(ANSWER, 0)
                self._wait()

    def hears(self, word: Beat | Report) -> None:
        """It said something; nobody listens until `listens`."""
        with self._lock:
            self._listening = False
            self._waited[WORD] = 0
            if isinstance(word, Report):
                self._waited.pop(ANSWER, None)
            self._wait()

    def listens(self) -> None:
        with self._lock:
            self._listening = True

    def ends(self) -> None:
        """It has ended: nothing is to come."""
        with self._lock:
            self._over = True
            if self._timer is not None:
                self._timer.cancel()

    def _wait(self) -> None:
        if self._timer is None and not self._over:
            self._timer = self._make_timer(BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        with self._lock:
            self._timer = None
            if self._over:
                return
            for what in self._waited:
                self._waited[what] += self._listening
            if max(self._waited.values()) < BEATS:
                self._wait()
                return
            self._over = True
            owed = self._waited.get(WORD, 0) < BEATS
        fault = "owed an answer" if owed else "was silent"
        log.warning("a worker %s for %.0f s: it is ended", fault, BEATS * BEAT_SECONDS)
        event("worker silent", owed=owed, seconds=BEATS * BEAT_SECONDS)
        self._kill()
