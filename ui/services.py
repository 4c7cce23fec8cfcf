"""The long-lived things of the server: the store, the runner with its workers, the task pool.

They live in this module, not in a Streamlit cache, which any browser may clear.
"""

from __future__ import annotations

import logging
import platform
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from dlcore import journal
from dlcore.classroom.room import Room
from dlcore.errors import ConfigError, StoreError
from dlcore.runs.engine import open_engine
from dlcore.runs.feeder import Feeder
from dlcore.runs.runner import Runner
from dlcore.runs.storage.disk import GIGABYTE, USUAL_LIMIT, limit_bytes
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from ui.teachers import Teachers


@dataclass(frozen=True)
class Services:
    store: Store
    runner: Runner
    tasks: Tasks
    notice: str = ""  # what everybody must know of how it was started
    close_engine: Callable[[], None] = lambda: None
    room: Room = field(default_factory=Room)
    teachers: Teachers = field(default_factory=Teachers)
    passing: Path | None = None  # the folder of runs that are not kept beyond this start
    feeder: Feeder = field(init=False)

    def __post_init__(self) -> None:
        feeder = Feeder(self.runner, held=lambda: self.room.paused)
        object.__setattr__(self, "feeder", feeder)


log = logging.getLogger(__name__)

_services: Services | None = None
_stopped = False  # for good: the server ends
_lock = threading.Lock()


def start() -> Services:
    """Start what is not running yet. If the data folder cannot be used, the lab goes on without keeping."""
    global _stopped
    with _lock:
        _stopped = False
    return _needed()


def _needed() -> Services:
    """Started, if need be. A page that is still drawn while the server ends gets a StoreError: all begun anew
    would claim the runs that were just left to others.
    """
    global _services
    with _lock:
        if _stopped:
            raise StoreError("The lab is ending: open it again in a minute.")
        if _services is None:
            limit, wrong = _limit()
            store, notice, passing = _open_store()
            engine = open_engine(accelerator=torch.accelerator.is_available())
            room = Room()
            runner = Runner(
                store,
                held=room.holds,
                pool=engine.runs,
                cores=engine.cores,
                max_workers=engine.max_workers,
                accelerator=engine.accelerator,
                limit_bytes=limit,
            )
            tasks = Tasks(engine.tasks, processes=engine.processes)
            said = " ".join(filter(None, (engine.runs.trouble, notice, wrong)))
            _services = Services(store, runner, tasks, said, engine.close, room, passing=passing)
        return _services


def _limit() -> tuple[int, str]:
    """How much the data folder may hold; a setting that makes no sense is said, and the usual one holds."""
    try:
        return limit_bytes(), ""
    except ConfigError as error:
        log.warning("%s", error)
        return USUAL_LIMIT, f"{error} Until the lab is started with one, {USUAL_LIMIT // GIGABYTE} GB hold."


def _open_store() -> tuple[Store, str, Path | None]:
    try:
        return Store(), "", None
    except StoreError as error:
        log.warning("%s", error)
        passing = Path(tempfile.mkdtemp(prefix="dllab-"))
        notice = f"Runs are not kept beyond this start of the lab. {error}"
        try:
            return Store(passing, own_database=True), notice, passing
        except StoreError:  # the disk is full: nothing can be kept even for now
            shutil.rmtree(passing, ignore_errors=True)
            raise


def stop() -> None:
    """End the workers and close the store. Nothing starts again but by `start`."""
    global _services, _stopped
    with _lock:
        services, _services, _stopped = _services, None, True
    if services is not None:
        services.tasks.close()
        services.feeder.close()
        services.runner.close()
        services.close_engine()
        services.store.close()
        journal.event("lab stopped")
        if services.passing is not None:
            shutil.rmtree(services.passing, ignore_errors=True)


def runner() -> Runner:
    return _needed().runner


def tasks() -> Tasks:
    return _needed().tasks


def feeder() -> Feeder:
    return _needed().feeder


def store() -> Store:
    return _needed().store


def journal_file() -> str:
    """Where this server's events are written: servers on one database share a data folder."""
    return journal.file_of(platform.node()) if store().shared else journal.FILE


def room() -> Room:
    return _needed().room


def teachers() -> Teachers:
    return _needed().teachers


def running() -> Services | None:
    """What runs now. Starts nothing."""
    return _services


def held_by_teacher(owner: str) -> bool:
    """Begin none of their runs, since all trainings pause?"""
    services = running()
    return services is not None and services.room.holds(owner)


def stopped_by_teacher(run_id: str) -> bool:
    """Was it, since the room was last cleared? Starts nothing."""
    return _services is not None and _services.room.was_stopped(run_id)


def notices() -> list[str]:
    """What everybody must know: how the data were found, whether runs are written down, what goes next."""
    services = _needed()
    runner = services.runner
    said = (services.notice, services.store.notice, runner.trouble, runner.warning)
    return [sentence for sentence in said if sentence]


def release(session: str) -> None:
    """A visitor has left for good. Starts nothing if the services have been stopped meanwhile."""
    with _lock:
        services = _services
    if services is not None:  # every page waits for that lock
        services.tasks.release(session)
