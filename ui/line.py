"""The line before work that is done one by one: addresses take turns, and within an address its visitors."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ui import limits

Places = deque[asyncio.Future[None]]


class Full(Exception):
    """As many wait as may."""


class Line:
    """Who asks much stands behind itself alone: names cost nothing, so addresses take turns first.

    All in one event loop.
    """

    def __init__(self) -> None:
        self._busy = False
        self._waiting: OrderedDict[str, OrderedDict[str, Places]] = OrderedDict()  # address, owner
        self._waits: Counter[str] = Counter()  # by address
        self._last = ""  # address

    @asynccontextmanager
    async def turn(self, address: str, owner: str) -> AsyncIterator[None]:
        """Wait for one's turn, and have it for a `with`. Raises Full instead of waiting behind too many."""
        await self._enter(address, owner)
        try:
            yield
        finally:
            self._call_next()

    async def _enter(self, address: str, owner: str) -> None:
        if not self._busy:
            self._busy, self._last = True, address
            return
        in_all = self._waits.total() >= limits.WAITING_IN_ALL
        if in_all or self._waits[address] >= limits.WAITING_PER_ADDRESS or self._crowds(address, owner):
            raise Full
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, OrderedDict()).setdefault(owner, deque()).append(place)
        self._waits[address] += 1
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # its turn had come
                self._call_next()
            raise
        finally:
            self._waits[address] -= 1
            if not self._waits[address]:
                del self._waits[address]

    def _crowds(self, address: str, owner: str) -> bool:
        owners = self._waiting.get(address)
        places = () if owners is None else owners.get(owner, ())
        return sum(not place.done() for place in places) >= limits.WAITING_PER_VISITOR

    def _call_next(self) -> None:
        self._busy = False
        while self._waiting and not self._busy:
            address = next((one for one in self._waiting if one != self._last), self._last)
            place = self._first_of(address)
            if not place.done():  # else whoever waited has gone
                self._busy, self._last = True, address
                place.set_result(None)

    def _first_of(self, address: str) -> asyncio.Future[None]:
        """Taken from the line. Whose it was, and its address, come last from now on."""
        owners = self._waiting.pop(address)
        owner, places = owners.popitem(last=False)
        place = places.popleft()
        if places:
            owners[owner] = places
        if owners:
            self._waiting[address] = owners
        return place
