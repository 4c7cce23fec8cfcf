"""Which process holds a run: it is known by its heartbeat, and by its number where that can be looked up.

A number means something only in the place that gave it: one boot of one machine, and there one container. In
another place only the heartbeat counts.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import psutil
import sqlalchemy as sa

from dlcore.errors import LeaseError
from dlcore.runs.storage.database import IS_THERE, RUNS

STALE_SECONDS = 15.0  # a heartbeat older than this belongs to a process that hangs, sleeps or is gone
SHARED_SECONDS = 6.0  # the same where several servers share a database: another one waits to go on
STARTED = 19  # of the fields of /proc/PID/stat that follow its name: field 22, starttime (proc(5))
LONG_AGO = 1e9  # seconds: the time of day, as said without /proc, or by an earlier lab
NOWHERE = ""  # a place where numbers of processes tell nothing
COLUMNS = (RUNS.c.pid, RUNS.c.pid_since, RUNS.c.place, RUNS.c.heartbeat)
NOBODYS = (RUNS.c.lease == "") & (RUNS.c.status == "interrupted")
HOLD = (
    RUNS.update()
    .where(RUNS.c.id == sa.bindparam("run_id"), (RUNS.c.lease == sa.bindparam("mine")) | NOBODYS)
    .values(lease=sa.bindparam("mine"))
)

# "alive" it speaks; "silent" it lives, but has not spoken for a while; "gone" nobody holds the run.
Holding = Literal["alive", "silent", "gone"]


def holder(lease: str, now: float) -> dict[str, Any]:
    """This process, as the one that holds a run by this lease."""
    pid = os.getpid()
    return {
        "pid": pid,
        "pid_since": _since(pid),
        "place": place(pid),
        "lease": lease,
        "heartbeat": now,
    }


def holding(row: Mapping[Any, Any] | sa.RowMapping, now: float, patience: float = STALE_SECONDS) -> Holding:
    """How the process of a run under way is. A number can be given again, hence its time of birth."""
    try:
        fresh = abs(now - row["heartbeat"]) < patience
        pid, since = int(row["pid"]), float(row["pid_since"])
        where = str(row["place"])
    except (TypeError, ValueError, OverflowError):  # the row is damaged
        return "gone"
    here = place(os.getpid())
    known: int | None = pid  # its number here
    if where == NOWHERE or where != here:
        if fresh:
            return "alive"
        known = _seen_from(here, where, pid)
    if known is None or not _lives(known, since):
        return "gone"
    return "alive" if fresh else "silent"


def check_lease(connection: sa.Connection, run_id: str, lease: str) -> None:
    """Is the run still held by this lease, or has it gone for good? Raises LeaseError if another holds it.

    In a transaction that writes: the row stays as it is until that ends.
    """
    if connection.execute(HOLD, {"run_id": run_id, "mine": lease}).rowcount:
        return
    if connection.execute(IS_THERE, {"run_id": run_id}).first() is not None:
        raise LeaseError(
            "This run was taken up by another process while this one was silent: it goes on there."
        )


@lru_cache(maxsize=1)
def place(pid: int) -> str:
    """Where the number of this process is known; NOWHERE if other numbers cannot be looked up here."""
    try:
        if os.readlink("/proc/self") != str(pid):
            return NOWHERE  # a container with the list of processes of another one
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return NOWHERE if Path("/proc").is_dir() else platform.node()


@lru_cache(maxsize=1)
def _since(pid: int) -> float:
    try:
        return born(pid)
    except (psutil.Error, OSError):
        return 0.0


def born(pid: int) -> float:
    """When a process began, in seconds since the machine did: the time of day may be set meanwhile.

    On a machine without /proc by the clock. Raises OSError or psutil.Error if there is no such process.
    """
    if not Path("/proc/stat").is_file():
        return float(psutil.Process(pid).create_time())
    _, _, after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    return int(after_name.split()[STARTED]) / os.sysconf("SC_CLK_TCK")


def _seen_from(here: str, where: str, pid: int) -> int | None:
    """The number that a process of a container of this machine has here; None if it cannot be seen."""
    boot, _, namespace = where.partition(" ")
    if not namespace or boot != here.partition(" ")[0]:
        return None
    for found in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(found / "ns/pid") != namespace:
                continue
            (line,) = [s for s in (found / "status").read_text().splitlines() if s.startswith("NSpid:")]
        except (OSError, ValueError):  # it has just ended, or is another account's
            continue
        if line.split()[-1] == str(pid):
            return int(found.name)
    return None


def _lives(pid: int, since: float) -> bool:
    try:
        known = psutil.Process(pid).create_time() if since > LONG_AGO else born(pid)
        return bool(abs(known - since) < 1 and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, OSError, ValueError, OverflowError):
        return False
