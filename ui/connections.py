"""Connections that ask for nothing: each has its time, and an address has as many as a class needs.

Uvicorn gives a connection time only after an answer: one that never asks, or begins to ask again and never
ends, it would keep for ever, and with some thousands of them the server can open no file any more.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any, ClassVar, cast

from ui import limits
from ui.identity import behind_proxy

KNOWN = ("H11Protocol", "HttpToolsProtocol")  # uvicorn's two, whose `cycle` is the latest request


class Crowd:
    """The connections that are no page, by address, the oldest first. All in one event loop."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._of: dict[str, dict[Bounded, None]] = {}

    def enter(self, one: Bounded) -> None:
        """Where there are too many, the oldest goes that asks for nothing; else this one."""
        there = self._of.setdefault(one.address, {})
        there[one] = None
        if len(there) > self._most:
            next((other for other in there if other.silent), one).turn_away()

    def leave(self, one: Bounded) -> None:
        there = self._of.get(one.address, {})
        there.pop(one, None)
        if not there:
            self._of.pop(one.address, None)

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))


class Bounded(asyncio.Protocol):
    """Stands before a protocol of uvicorn's."""

    crowd: ClassVar[Crowd]
    cycle: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport = cast("asyncio.Transport", transport)
        self._late: asyncio.TimerHandle | None = None
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.crowd.enter(self)
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._done()

    @property
    def silent(self) -> bool:
        """Is no request under way?"""
        return self.cycle is None or bool(self.cycle.response_complete)

    def turn_away(self) -> None:
        self._done()
        self._transport.close()

    def _look(self) -> None:
        """A connection has its time from when it began to be silent; whatever comes in bits gives no more."""
        if self._transport.get_protocol() is not self:  # it is a page's now
            self._done()
        elif self._transport.is_closing() or not self.silent:
            self._forget_time()
        elif self._late is None:
            loop = asyncio.get_running_loop()
            self._late = loop.call_later(limits.REQUEST_SECONDS, self.turn_away)

    def _forget_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _done(self) -> None:
        self._forget_time()
        self.crowd.leave(self)


def bounded(kind: type[asyncio.Protocol], most: int) -> type[asyncio.Protocol]:
    """The same protocol with these bounds; another than uvicorn's two as it is.

    Behind a proxy all have its address: it counts them itself.
    """
    if kind.__name__ not in KNOWN:
        return kind
    crowd = Crowd(math.inf if behind_proxy() else most)
    return type(kind.__name__, (Bounded, kind), {"crowd": crowd})
