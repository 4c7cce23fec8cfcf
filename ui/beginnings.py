"""How often each may begin what others wait for: a run, a sweep, or what a page computes."""

from __future__ import annotations

from dlcore.errors import RunError
from ui import limits, state
from ui.turns import Turns

runs = Turns(limits.RUNS_PER_SECOND, 30 * limits.RUNS_PER_SECOND, at_once=limits.RUNS_SAVED_SECONDS)
tasks = Turns(limits.TASKS_PER_SECOND, 30 * limits.TASKS_PER_SECOND, at_once=limits.TASKS_SAVED_SECONDS)


def check_run() -> None:
    """Raises RunError if this visitor, or their network, has pressed Start too often just now."""
    if not runs.allow(state.address(), state.owner()):
        raise RunError("Too many starts in a short time: wait ten seconds, then press again.")


def check_task() -> None:
    """Raises RunError if this visitor, or their network, has asked for too much just now."""
    if not tasks.allow(state.address(), state.owner()):
        raise RunError("Too much was asked for in a short time: wait a few seconds, then ask again.")
