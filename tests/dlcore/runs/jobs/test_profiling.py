"""A profile as a task: always in a process that has done nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from dlcore.errors import ConfigError, RunError
from dlcore.events import Stage
from dlcore.inspection.python_profile.result import Profile
from dlcore.runs import tasks as module
from dlcore.runs.follow import iter_task
from dlcore.runs.jobs.profiling import ProfileJob
from dlcore.runs.kinds import TASK_KINDS
from dlcore.runs.protocol import Cancel, Report, Submission
from dlcore.runs.tasks import Tasks
from tests.dlcore.inspection.python_profile.profiles import SMALL


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def job(**payload: Any) -> ProfileJob:
    return ProfileJob(Submission("id", "", "profile", {"config": payload}, Path(), 1))


class Pretended:
    """A process that only notes what it is told."""

    started: list[Pretended]

    def __init__(self, *_: Any, **__: Any) -> None:
        self.sent: list[Any] = []
        self.closed = False
        self.started.append(self)

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Pretended]:
    """The processes that a pool starts."""
    Pretended.started = []
    monkeypatch.setattr(module, "WorkerProcess", Pretended)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    return Pretended.started


def finish(tasks: Tasks, process: Any, task_id: str) -> None:
    tasks._on_report(process, Report(task_id, status="finished"))


def test_only_profiles_ask_for_a_fresh_process() -> None:
    assert TASK_KINDS["profile"].fresh
    assert not TASK_KINDS["evaluate"].fresh


def test_a_profile_takes_no_process_that_has_worked_before(started: list[Pretended]) -> None:
    tasks = Tasks()
    first = tasks.submit("evaluate", {}, key="1", session="one")
    finish(tasks, started[0], first)
    tasks.submit("profile", {}, key="1", session="one")
    assert len(started) == 2
    assert started[0].closed, "beside the fresh one, an idle one may be one too many"
    assert not started[1].closed


def test_after_a_profile_its_process_ends(started: list[Pretended]) -> None:
    tasks = Tasks()
    profile = tasks.submit("profile", {}, key="1", session="one")
    finish(tasks, started[0], profile)
    assert started[0].closed
    tasks.submit("evaluate", {}, key="1", session="one")
    assert len(started) == 2


def test_profiles_wait_for_their_turn_like_others(started: list[Pretended]) -> None:
    tasks = Tasks()
    ids = [tasks.submit("profile", {}, key=f"{n}", session="one") for n in range(module.MAX_PROCESSES + 1)]
    assert len(started) == module.MAX_PROCESSES
    finish(tasks, started[0], ids[0])
    assert len(started) == module.MAX_PROCESSES + 1


def test_who_drops_a_shared_task_leaves_it_to_the_others(started: list[Pretended]) -> None:
    tasks = Tasks()
    task_id = tasks.submit("profile", {}, key="1", session="one")
    assert tasks.submit("profile", {}, key="1", session="two") == task_id
    tasks.drop(task_id, "one")
    assert Cancel(task_id) not in started[0].sent
    tasks.drop(task_id, "two")
    assert Cancel(task_id) in started[0].sent
    tasks.drop("nobody", "one")


def test_a_task_is_followed_to_its_result_and_its_process_ends(wait_until: Callable[..., None]) -> None:
    before = children()
    *steps, profile = iter_task("profile", {"config": SMALL.model_dump()})
    assert isinstance(profile, Profile)
    assert profile.config == SMALL
    assert all(isinstance(step, Stage) for step in steps)
    assert profile.memory.megabytes[0] < 200, "it has imported no torch"
    wait_until(lambda: children() <= before, "its process ends")


def test_a_task_that_fails_says_why() -> None:
    with pytest.raises(RunError, match=r"^Epochs must be a whole number from 1 to 5\. Got 99 instead\.$"):
        list(iter_task("profile", {"config": {"epochs": 99}}))


def test_a_payload_out_of_bounds_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^Training images must be .+ Got 1 instead\.$"):
        job(train_size=1)
