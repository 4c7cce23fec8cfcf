"""The long-lived things of the server: the store, the runner with its workers, the task pool.

They live in this module, not in a Streamlit cache, which any browser may clear.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import torch

from dlcore.runs.protocol import Checkpoint
from dlcore.runs.runner import Runner
from dlcore.runs.shipped import shipped_run
from dlcore.runs.store import Store
from dlcore.runs.tasks import Tasks

COLLECT_SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    store: Store
    runner: Runner
    tasks: Tasks
    stopping: threading.Event


_services: Services | None = None
_lock = threading.Lock()


def start() -> Services:
    """Start what is not running yet. Raises StoreError if the data folder cannot be used."""
    global _services
    with _lock:
        if _services is None:
            # One digit needs no second thread, and waiting threads would take the runs' cores.
            torch.set_num_threads(1)
            store = Store()
            _services = Services(store, Runner(store), Tasks(), threading.Event())
            # Torch's objects live as long as the server: keep the collector from walking them again.
            gc.collect()
            gc.freeze()
            threading.Thread(target=_collect, args=(_services.stopping,), daemon=True).start()
        return _services


def stop() -> None:
    """End the workers and close the store; `start` may follow."""
    global _services
    with _lock:
        services, _services = _services, None
    if services is not None:
        services.stopping.set()
        services.tasks.close()
        services.runner.close()
        services.store.close()


def runner() -> Runner:
    return start().runner


def tasks() -> Tasks:
    return start().tasks


def evaluate(checkpoint: Checkpoint, session: str) -> str:
    """The id of the task that measures a checkpoint on the test digits, started if need be."""
    return tasks().submit("evaluate", {"checkpoint": checkpoint}, key=checkpoint.digest, session=session)


def store() -> Store:
    return start().store


def _collect(stopping: threading.Event) -> None:
    """A slow collection instead of one after every script run, which would hold up the whole room."""
    while not stopping.wait(COLLECT_SECONDS):
        gc.collect()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Start before the first page is served, stop when the server does."""
    start()
    evaluate(shipped_run().checkpoints[-1], session="server")  # the first thing Home shows
    try:
        yield
    finally:
        stop()
