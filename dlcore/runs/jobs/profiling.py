"""Profiling inside a task's process, which is always a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.events import Stage, Tick
from dlcore.inspection.python_profile.measure import iter_profile
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse


class ProfileJob(TaskJob):
    """One profile; the last event is a Profile.

    The payload is {"config": fields of ProfileConfig}. Raises ConfigError if they are out of bounds.
    """

    device = "plain Python"

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._config = parse(ProfileConfig, submission.payload["config"])

    def events(self) -> Iterator[Stage | Tick | Profile]:
        return iter_profile(self._config)
