"""Profiling inside a task's process, which is always a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.errors import RunError
from dlcore.events import CheckpointReady, Stage, Tick
from dlcore.inspection.python_profile.measure import iter_profile
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.run import Checkpoint
from dlcore.runs.protocol import Control, Submission
from dlcore.schema import parse


def warm() -> None:
    """Nothing to prepare: a profile wants a process that has done nothing yet."""


class ProfileJob:
    """One profile; the last event is a Profile.

    The payload is {"config": fields of ProfileConfig}. Raises ConfigError if they are out of bounds.
    """

    device = "plain Python"
    step = 0

    def __init__(self, submission: Submission) -> None:
        self._config = parse(ProfileConfig, submission.payload["config"])

    def events(self) -> Iterator[Stage | Tick | Profile]:
        return iter_profile(self._config)

    def control(self, control: Control) -> None:
        raise RunError(f"A profile cannot {control.action}: cancel it instead.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        raise RunError("A profile keeps no checkpoints.")
