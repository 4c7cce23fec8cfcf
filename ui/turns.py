"""How often each may ask a route of ours: a visitor at a steady rate, an address no more than a class."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from ui import limits
from ui.bucket import Bucket


class Turns:
    """Rates are in questions a second; `at_once` is for how many seconds one may have saved up."""

    def __init__(
        self,
        by_owner: float,
        by_address: float,
        *,
        at_once: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._by_owner, self._by_address, self._at_once = by_owner, by_address, at_once
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()  # pages ask too, each in a thread of its own

    def allow(self, address: str, owner: str) -> bool:
        """May they ask now? Who floods is told to wait, alone."""
        own = self._take(f"owner {owner}", self._by_owner)
        return own and self._take(f"address {address}", self._by_address)

    def charge(self, owner: str, cost: float) -> None:
        """What was asked took more than a question: the owner waits the longer for the next one."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get(f"owner {owner}")
            if bucket is not None:
                bucket.wait(now, cost)

    def _take(self, whose: str, rate: float) -> bool:
        now = self._clock()
        with self._lock:
            bucket = self._buckets.setdefault(whose, Bucket(self._at_once * rate, rate, now))
            self._buckets.move_to_end(whose)
            while len(self._buckets) > 2 * limits.ADDRESSES_REMEMBERED:
                self._buckets.popitem(last=False)
            return bucket.take(now)
