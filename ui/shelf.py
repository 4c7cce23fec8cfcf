"""What visitors have made, kept in memory across reloads: one thing of each, of so many visitors at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """`most` visitors' things. When it is full, the address with the most of them gives its oldest away: who
    comes under many names takes no place of others.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: dict[str, tuple[str, Thing]] = {}  # by owner: the address and the thing, oldest first
        self._lock = Lock()

    def keep(self, owner: str, thing: Thing, address: str = "") -> None:
        with self._lock:
            self._put(owner, thing, address)

    def change(
        self, owner: str, change: Callable[[Thing | None], Thing | None], address: str = ""
    ) -> Thing | None:
        """What becomes of what is kept now, whichever of its owner's pages has kept it; None: it goes.

        Returns what is kept then. `change` must be quick: meanwhile nobody keeps anything.
        """
        with self._lock:
            _, before = self._kept.get(owner, ("", None))
            after = change(before)
            if after is None:
                self._kept.pop(owner, None)
            elif after is not before:
                self._put(owner, after, address)
            return after

    def forget(self, owner: str) -> None:
        with self._lock:
            self._kept.pop(owner, None)

    def kept(self, owner: str) -> Thing | None:
        return self._kept.get(owner, ("", None))[1]

    def _put(self, owner: str, thing: Thing, address: str) -> None:
        self._kept.pop(owner, None)
        self._kept[owner] = address, thing
        if len(self._kept) > self.most:
            held = Counter(where for where, _ in self._kept.values())
            crowded = max(held.values())
            oldest = next(one for one, (where, _) in self._kept.items() if held[where] == crowded)
            del self._kept[oldest]
