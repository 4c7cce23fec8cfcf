"""Profiling the digits' network inside a task's process, which is always a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.inspection.torch_profile.measure import Said, iter_torch_profile
from dlcore.inspection.torch_profile.result import TorchProfileConfig
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse


class TorchProfileJob(TaskJob):
    """One profile; the last event is a TorchProfile, before it come Points and Stages.

    The payload is {"config": fields of TorchProfileConfig}. Raises ConfigError if they are out of bounds, or
    ask for more threads than there are cores.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._said = iter_torch_profile(parse(TorchProfileConfig, submission.payload["config"]))

    def events(self) -> Iterator[Said]:
        return self._said
