"""Codes tried, and how many an address may try."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from ui import limits


class Guesses:
    """Codes tried lately, by address. A guess counts before it is judged, so that no crowd slips through."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, most: int = limits.WRONG_CODES
    ) -> None:
        self._clock, self._most = clock, most
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()

    def allow(self, address: str) -> bool:
        """May this address try one more now?"""
        now = self._clock()
        tried = self._tried.setdefault(address, deque(maxlen=self._most))
        self._tried.move_to_end(address)
        if len(self._tried) > limits.ADDRESSES_REMEMBERED:
            self._tried.popitem(last=False)
        if len(tried) == self._most and now - tried[0] < limits.WINDOW_SECONDS:
            return False
        tried.append(now)
        return True

    def right(self, address: str) -> None:
        """The last one was no guess."""
        if tried := self._tried.get(address):
            tried.pop()
