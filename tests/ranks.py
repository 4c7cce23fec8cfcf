"""Looking for ranks among the processes of this machine."""

from __future__ import annotations

from contextlib import suppress

import psutil


def ranks_below(process: psutil.Process) -> list[psutil.Process]:
    """The ranks that this process, or one of its children, has started and that still are there."""
    found = []
    with suppress(psutil.NoSuchProcess):
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if "dlcore.distributed.rank" in child.cmdline():
                    found.append(child)
    return found


def gone(process: psutil.Process) -> bool:
    """It has ended, whether or not somebody has asked how."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
