"""What the lab is at: the tasks that pages asked for and the runs under way, read from the services' memory.

Pages are slow to draw and share the processor with the work they wait for. So tests wait for a fact here.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress

import pytest

from dlcore.errors import RunError
from dlcore.run import Run
from dlcore.runs.protocol import Control
from dlcore.runs.tasks import Task
from tests.waiting import DEADLINE_SECONDS
from ui import services


def tasks() -> list[Task]:
    """Every task there is, in the order of submission."""
    return services.tasks().all()


def active(*kinds: str) -> list[Task]:
    """The tasks that go on or wait, of these kinds or of all."""
    return [task for task in tasks() if task.active and task.kind in (kinds or (task.kind,))]


def status(task: Task) -> str:
    """As it stands now."""
    found = services.tasks().get(task.id)
    assert found is not None
    return found.status


def goes_on() -> bool:
    return bool(active() or services.runner().active_runs())


def ended() -> Hashable:
    """It changes whenever a task ends or a run's status changes."""
    runs = {(run.id, run.status) for run in services.runner().active_runs()}
    return frozenset(task.id for task in tasks() if not task.active), frozenset(runs)


def news() -> Hashable:
    """It changes whenever a task or a run says something."""
    said = [(task.id, task.status, len(task.events)) for task in tasks()]
    return tuple(said), tuple((run.id, run.status, run.step) for run in services.runner().active_runs())


def holds(patch: pytest.MonkeyPatch, task: Task) -> set[str]:
    """Whatever is asked for, this is the task that works on it. The ids of the tasks that are dropped."""
    dropped: set[str] = set()
    patch.setattr(services.tasks(), "find", lambda kind, key, **whose: task)
    patch.setattr(services.tasks(), "get", lambda task_id: task)
    patch.setattr(services.tasks(), "drop", lambda task_id, session: dropped.add(task_id))
    return dropped


def write_down() -> None:
    """The store knows what the runner knows."""
    services.runner()._writer.flush(DEADLINE_SECONDS)


def begun_by(owner: str) -> Run:
    """The one run that this owner has begun, whether it goes on or has ended by now."""
    write_down()
    (run,) = services.store().runs_of(owner)
    return run


def end_all() -> None:
    """Ask everything that goes on to end."""
    for task in active():
        services.tasks().cancel(task.id)
    for sweep in services.store().running_sweeps():
        services.feeder().stop(sweep.id)
    for run in services.runner().active_runs():
        with suppress(RunError):  # it has just ended
            services.runner().control(run.id, Control("stop"))
