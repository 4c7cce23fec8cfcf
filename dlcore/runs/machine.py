"""The machine that serves the room, as it stands now: cores, memory, disk, and what waits for them."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass

import psutil

from dlcore.errors import StoreError
from dlcore.runs.runner import Runner
from dlcore.runs.tasks import Tasks

LITTLE_BYTES = 1_000_000_000  # a worker with torch takes about half of it
ALL_BUSY = 0.9


@dataclass(frozen=True)
class Look:
    """At the cores: the seconds that all of them were busy, and in all. `at`: a monotonic clock's seconds."""

    at: float
    busy: float
    whole: float

    def share_since(self, before: Look | None) -> float | None:
        """How much of all cores was busy between two looks; None where no time has passed."""
        passed = self.whole - before.whole if before is not None else 0.0
        if before is None or passed <= 0:
            return None
        return min(1.0, max(0.0, (self.busy - before.busy) / passed))


@dataclass(frozen=True)
class Machine:
    """`busy`: share of all cores, None if not known. `own_bytes`: memory of the server and its processes."""

    cores: int
    busy: float | None
    memory_bytes: int
    free_memory_bytes: int
    own_bytes: int
    disk_free_bytes: int
    data_bytes: int
    data_limit_bytes: int
    workers: int
    training: int
    paused: int
    queued: int
    tasks: int  # at work or standing still
    waiting_tasks: int
    trouble: str  # why runs are not written down; "" if they are
    outside: int = 0  # people who wait to be let in


def look() -> Look:
    """Counts whatever thread asks; psutil's own share is each thread's."""
    times = psutil.cpu_times()
    # Linux counts a guest's seconds among the user's, too.
    whole = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return Look(time.monotonic(), whole - times.idle - getattr(times, "iowait", 0.0), whole)


def machine_now(runner: Runner, tasks: Tasks, busy: float | None = None, outside: int = 0) -> Machine:
    """Raises StoreError if the data folder's disk cannot be asked."""
    memory = psutil.virtual_memory()
    runs = [run.status for run in runner.active_runs()]
    passing = [task.status for task in tasks.all() if task.active]
    try:
        free = shutil.disk_usage(runner.store.folder).free
    except OSError as error:
        raise StoreError(f"The data folder is not there ({error.strerror}): is its disk?") from error
    return Machine(
        cores=os.cpu_count() or 1,
        busy=busy,
        memory_bytes=memory.total,
        free_memory_bytes=memory.available,
        own_bytes=_own_bytes(),
        disk_free_bytes=free,
        data_bytes=runner.used_bytes,
        data_limit_bytes=runner.limit_bytes,
        workers=runner.pool.alive() + tasks.pool.alive(),
        training=runs.count("running"),
        paused=runs.count("paused"),
        queued=runs.count("queued"),
        tasks=len(passing) - passing.count("queued"),
        waiting_tasks=passing.count("queued"),
        trouble=runner.trouble,
        outside=outside,
    )


def verdict(now: Machine) -> str:
    """What is scarce and what helps, in a sentence; the most pressing first."""
    if now.trouble:
        return now.trouble
    if now.free_memory_bytes < LITTLE_BYTES:
        return "Memory is short: stop paused runs, or close other programs."
    if now.disk_free_bytes < LITTLE_BYTES:
        return "The disk is nearly full: make room on it, or name another with DLLAB_DATA_DIR."
    if now.outside:
        people = "1 person waits" if now.outside == 1 else f"{now.outside} people wait"
        return f"{people} outside until those inside are answered soon: tabs that nobody needs take places."
    if now.queued:
        return "More runs want to train than there are places: they begin in turn, owners with none first."
    if now.busy is not None and now.busy > ALL_BUSY:
        return "All cores are busy: each run takes longer, and pages answer first."
    return "Cores, memory and disk have room."


def _own_bytes() -> int:
    """Resident memory of this process and all it has started; what they share counts for each."""
    server = psutil.Process()
    found = 0
    for process in (server, *server.children(recursive=True)):
        try:
            found += process.memory_info().rss
        except psutil.Error:  # it has ended meanwhile
            continue
    return found
