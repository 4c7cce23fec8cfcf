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
from dlcore.runs.follow import iter_task
from dlcore.runs.jobs.profiling import ProfileJob
from dlcore.runs.protocol import Submission
from tests.dlcore.inspection.python_profile.profiles import SMALL


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def job(**payload: Any) -> ProfileJob:
    return ProfileJob(Submission("id", "", "profile", {"config": payload}, Path(), 1))


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
