"""How often a page may ask, while somebody draws or by itself: the more do at once, the less often each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

ASKS_PER_SECOND = 80.0  # of all who draw: within what one address may send, see ui/limits.py
SHORTEST = 0.1  # seconds between two questions of one page
FORGET_SECONDS = 2.0  # after so long without a question somebody draws no more


class Pace:
    """Who has asked lately, and how long each should wait before asking again. Any thread may call."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, per_second: float = ASKS_PER_SECOND
    ) -> None:
        self._clock, self._per_second = clock, per_second
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}  # when each visitor last asked

    def seconds(self, who: str) -> float:
        """Somebody asks now: how long until it should ask again."""
        now = self._clock()
        with self._lock:
            self._asked[who] = now
            self._asked = {one: at for one, at in self._asked.items() if now - at < FORGET_SECONDS}
            return max(SHORTEST, len(self._asked) / self._per_second)


DRAWING = Pace()  # of everybody in this server
