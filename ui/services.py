"""The long-lived things of the server: the store, the runner with its workers, the task pool.

They live in this module, not in a Streamlit cache, which any browser may clear.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import torch

from dlcore.errors import StoreError
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks


@dataclass(frozen=True)
class Services:
    store: Store
    runner: Runner
    tasks: Tasks
    notice: str = ""  # what everybody must know of how it was started


log = logging.getLogger(__name__)

_services: Services | None = None
_lock = threading.Lock()


def start() -> Services:
    """Start what is not running yet. If the data folder cannot be used, the lab goes on without keeping."""
    global _services
    with _lock:
        if _services is None:
            store, notice = _open_store()
            runner = Runner(store, accelerator=torch.accelerator.is_available())
            _services = Services(store, runner, Tasks(), notice)
        return _services


def _open_store() -> tuple[Store, str]:
    try:
        store = Store()
        return store, store.notice
    except StoreError as error:
        log.warning("%s", error)
        passing = Store(Path(tempfile.mkdtemp(prefix="dllab-")))
        return passing, f"Runs are not kept beyond this start of the lab. {error}"


def stop() -> None:
    """End the workers and close the store; `start` may follow."""
    global _services
    with _lock:
        services, _services = _services, None
    if services is not None:
        services.tasks.close()
        services.runner.close()
        services.store.close()


def runner() -> Runner:
    return start().runner


def tasks() -> Tasks:
    return start().tasks


def store() -> Store:
    return start().store


def notices() -> list[str]:
    """What everybody must know: how the data were found, and whether runs are written down."""
    services = start()
    return [sentence for sentence in (services.notice, services.runner.trouble) if sentence]


def release(session: str) -> None:
    """A visitor has left for good. Starts nothing if the services have been stopped meanwhile."""
    with _lock:
        if _services is not None:
            _services.tasks.release(session)
