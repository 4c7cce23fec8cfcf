"""Whether the room reaches this machine: how many other devices have asked for each of its names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dlcore.classroom.joining import own_hosts
from ui import limits
from ui.doors import address_of
from ui.identity import host_name


@dataclass
class Reached:
    """Addresses of devices are held here alone, and only counted. `own`: those that are this machine."""

    own: Callable[[], Collection[str]] = own_hosts
    _seen: dict[tuple[str, str], bool] = field(default_factory=dict)  # (host, address): another device?
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, address: str, host: str) -> None:
        """A request came from there, for this name. What comes from this machine itself counts nowhere."""
        if (host, address) in self._seen:
            return
        with self._lock:
            self._seen[host, address] = bool(address) and address not in self.own()
            while len(self._seen) > limits.ADDRESSES_REMEMBERED:
                del self._seen[next(iter(self._seen))]

    def devices(self, host: str) -> int:
        """How many others have reached the machine by this name."""
        with self._lock:
            return sum(other for (name, _), other in self._seen.items() if name == host.lower())

    def forget(self) -> None:
        with self._lock:
            self._seen.clear()


reached = Reached()


class NotesDevices:
    """Each request is noted once it has come through the door, whatever it asks for."""

    def __init__(self, app: ASGIApp, noted: Reached = reached) -> None:
        self.app = app
        self._noted = noted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (host := host_name(Headers(scope=scope).get("host", ""))):
            self._noted.note(address_of(scope), host)
        await self.app(scope, receive, send)
