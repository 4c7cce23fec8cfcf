"""Whose turn it is: while others wait, each owner has one process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeVar


class Owned(Protocol):
    """Work that one or several owners want."""

    @property
    def owners(self) -> Collection[str]: ...

    @property
    def divisible(self) -> bool:
        """Can it stop for a while and go on?"""
        ...


Work = TypeVar("Work", bound=Owned)


def in_turn(waiting: Iterable[Work], working: Iterable[Work]) -> list[Work]:
    """Those that wait, the next one first: owners with the fewest at work or before it, then the oldest."""
    before = _counted(working)
    found: list[tuple[int, Work]] = []
    for work in waiting:
        found.append((_fewest(work, before), work))
        before.update(work.owners)
    return [work for _, work in sorted(found, key=lambda pair: pair[0])]


def who_gives_way(first: Work, working: Sequence[Work]) -> Work | None:
    """Whose place the first in line gets, if its owner has none: the last of an owner who has several."""
    has = _counted(working)
    if _fewest(first, has) > 0:
        return None
    spare = [work for work in working if work.divisible and _fewest(work, has) > 1]
    return spare[-1] if spare else None


def _counted(working: Iterable[Work]) -> Counter[str]:
    return Counter(owner for work in working for owner in work.owners)


def _fewest(work: Owned, counted: Counter[str]) -> int:
    """How many the owner has who has the fewest."""
    return min((counted[owner] for owner in work.owners), default=0)
