"""How long a worker may owe an answer: one that is stopped or hangs holds its place, and is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from dlcore.runs.protocol import Cancel, Steer
from dlcore.runs.timers import MakeTimer, Timer

BEAT_SECONDS = 5.0
BEATS = 12  # in a row without a word; one that has just been started may be busy for half as long


class Patience:
    """Whoever is told to pause, go on, stop or drop something says so at its next turn, within 50 ms or so.

    Counted in beats: where this process was suspended, time has passed in which nobody could answer.
    """

    def __init__(self, kill: Callable[[], None], timer: MakeTimer) -> None:
        self._kill, self._make_timer = kill, timer
        self._lock = threading.Lock()
        self._timer: Timer | None = None  # as long as an answer is owed
        self._beats = 0

    def sent(self, message: Any) -> None:
        """What was asked of it. A value that is set is not answered."""
        if isinstance(message, Cancel) or (isinstance(message, Steer) and message.control.action != "set"):
            with self._lock:
                if self._timer is None:
                    self._beats = 0
                    self._timer = self._make_timer(BEAT_SECONDS, self._beat)

    def heard(self) -> None:
        """It said something, whatever it was; or it has ended."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _beat(self) -> None:
        with self._lock:
            if self._timer is None:
                return
            self._beats += 1
            patient = self._beats < BEATS
            self._timer = self._make_timer(BEAT_SECONDS, self._beat) if patient else None
        if not patient:
            self._kill()
