"""Whose turn it is: while others wait, each owner has one process.

Owners are free to make, addresses are not. But a whole class may come from one: only what is more than a
room of theirs asks at once stands back behind those who come from elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeVar

ROOM = 30  # as many at once are nothing unusual for one address


class Owned(Protocol):
    """Work that one or several owners want, and from where they come; "" is the machine itself."""

    @property
    def owners(self) -> Collection[str]: ...

    @property
    def addresses(self) -> Collection[str]: ...

    @property
    def divisible(self) -> bool:
        """Can it stop for a while and go on?"""
        ...


Work = TypeVar("Work", bound=Owned)


def in_turn(waiting: Iterable[Work], working: Iterable[Work]) -> list[Work]:
    """Those that wait, the next one first: owners with the fewest at work or before it, then the oldest."""
    working = list(working)
    before = _counted(working)
    from_there = Counter(address for work in working for address in work.addresses)
    found: list[tuple[int, Work]] = []
    for work in waiting:
        rooms = min((from_there[address] // ROOM if address else 0 for address in work.addresses), default=0)
        found.append((max(_fewest(work.owners, before), rooms), work))
        before.update(work.owners)
        from_there.update(work.addresses)
    return [work for _, work in sorted(found, key=lambda pair: pair[0])]


def who_gives_way(first: Work, working: Sequence[Work]) -> Work | None:
    """Whose place the first in line gets, if its owner has none: the last of an owner who has several."""
    has = _counted(working)
    if _fewest(first.owners, has) > 0:
        return None
    spare = [work for work in working if work.divisible and _fewest(work.owners, has) > 1]
    return spare[-1] if spare else None


def _counted(working: Iterable[Work]) -> Counter[str]:
    return Counter(owner for work in working for owner in work.owners)


def _fewest(owners: Iterable[str], counted: Counter[str]) -> int:
    """How many the owner has who has the fewest."""
    return min((counted[owner] for owner in owners), default=0)
