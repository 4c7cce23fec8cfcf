"""What comes back at a steady rate: so much may be used at once, and so much a second."""

from __future__ import annotations

import math


class Bucket:
    """Tokens that come back at a steady rate, `capacity` at most; `credit` is how many may be owed."""

    def __init__(self, capacity: float, rate: float, now: float, credit: float = math.inf) -> None:
        self.capacity, self.rate, self._credit = capacity, rate, credit
        self._tokens, self._at = capacity, now

    def wait(self, now: float, cost: float = 1.0) -> float:
        """Take `cost` tokens, if need be on credit, and say how many seconds to wait until they are there."""
        back = min(self.capacity, self._tokens + (now - self._at) * self.rate)
        self._tokens = max(back - cost, -self._credit)
        self._at = now
        return max(0.0, -self._tokens / self.rate)

    def take(self, now: float, cost: float = 1.0) -> bool:
        """So many tokens, if they are there."""
        if self.wait(now, cost) == 0.0:
            return True
        self._tokens += cost
        return False

    def level(self, now: float) -> float:
        """How many tokens there are."""
        self.wait(now, 0.0)
        return self._tokens

    def empty(self, now: float) -> None:
        """What was saved up is gone."""
        self._tokens, self._at = min(self._tokens, 0.0), now
