"""`/healthz`: is the lab ready, do workers live, can runs be kept? For whoever watches over a server.

Numbers and words of ours alone: nobody's name, no path, no address.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dlcore.errors import StoreError
from dlcore.runs.storage.folder import data_folder
from ui import services
from ui.own_routes import OwnRoute
from ui.services import Services

LOOK_SECONDS = 6.0  # longer than SQLite waits for a lock
KEPT_SECONDS = 2.0  # that an answer holds: whoever asks on and on writes nothing
Store = Literal["writable", "not kept", "failing"]


@dataclass(frozen=True)
class Health:
    """`store` is "not kept" where the data folder could not be used, and runs go with this start."""

    ready: bool
    workers: int = 0
    store: Store = "failing"

    @property
    def well(self) -> bool:
        return self.ready and self.workers > 0 and self.store == "writable"

    def answer(self) -> dict[str, object]:
        status = "ok" if self.well else "failing"
        return {"status": status, "ready": self.ready, "workers": self.workers, "store": self.store}


def health_of(running: Services | None) -> Health:
    """As it stands now; None: the services have not started, or have ended."""
    if running is None:
        return Health(ready=False)
    return Health(True, running.runner.pool.alive(), _store_of(running))


def _without_an_answer(running: Services | None) -> Health:
    """The disk or the database does not answer; the rest is known."""
    return Health(running is not None, running.runner.pool.alive() if running is not None else 0)


def _store_of(running: Services) -> Store:
    """Tried out: a file is written beside the database, and the database is asked."""
    if running.runner.trouble:
        return "failing"
    if running.store.folder != data_folder():
        return "not kept"
    try:
        with tempfile.TemporaryFile(dir=running.store.folder) as file:
            file.write(b"health")
            file.flush()
        running.store.active_ids()
    except (OSError, StoreError):
        return "failing"
    return "writable"


@dataclass
class Watch:
    """The last answer, for as long as it holds. One looks for all who ask: a disk may hang for ever."""

    clock: Callable[[], float] = time.monotonic
    look_seconds: float = LOOK_SECONDS
    _found: Health | None = None
    _until: float = 0.0
    _looking: asyncio.Task[Health] | None = None

    async def look(self) -> Health:
        if self._found is not None and self.clock() < self._until:
            return self._found
        here = asyncio.get_running_loop()
        if self._looking is None or self._looking.done() or self._looking.get_loop() is not here:
            self._looking = asyncio.create_task(run_in_threadpool(health_of, services.running()))
        try:
            self._found = await asyncio.wait_for(asyncio.shield(self._looking), self.look_seconds)
        except TimeoutError:
            self._found = _without_an_answer(services.running())
        self._until = self.clock() + KEPT_SECONDS
        return self._found


watch = Watch()


async def healthz(request: Request) -> Response:
    found = await watch.look()
    headers = {"cache-control": "no-store"}
    return JSONResponse(found.answer(), 200 if found.well else 503, headers=headers)


ROUTES = [OwnRoute("/healthz", healthz, "GET")]
