"""Something of each visitor, kept in memory for as many as there is room."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """One thing for each of at most so many visitors. Where there are more, room is made at the address
    from which most of them come, and who was there longest ago is forgotten: who invents visitors pushes
    out nobody else's.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, tuple[str, Thing]] = {}  # by owner, the last to come last
        self._lock = Lock()

    def keep(self, owner: str, thing: Thing, address: str) -> None:
        with self._lock:
            self._kept.pop(owner, None)
            self._kept[owner] = (address, thing)
            while len(self._kept) > self._most:
                ((crowded, _),) = Counter(place for place, _ in self._kept.values()).most_common(1)
                del self._kept[next(name for name, (place, _) in self._kept.items() if place == crowded)]

    def forget(self, owner: str) -> None:
        with self._lock:
            self._kept.pop(owner, None)

    def get(self, owner: str) -> Thing | None:
        found = self._kept.get(owner)
        return found[1] if found is not None else None
