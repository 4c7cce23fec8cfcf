"""Profiling the digits' network inside a task's process, which is always a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.errors import RunError
from dlcore.events import CheckpointReady
from dlcore.inspection.torch_profile.measure import Said, iter_torch_profile
from dlcore.inspection.torch_profile.result import TorchProfileConfig
from dlcore.run import Checkpoint
from dlcore.runs.protocol import Control, Submission
from dlcore.schema import parse


def warm() -> None:
    """Nothing to prepare: a profile wants a process that has done nothing yet."""


class TorchProfileJob:
    """One profile; the last event is a TorchProfile, before it come Points and Stages.

    The payload is {"config": fields of TorchProfileConfig}. Raises ConfigError if they are out of bounds, or
    ask for more threads than there are cores.
    """

    device = "cpu"
    step = 0

    def __init__(self, submission: Submission) -> None:
        self._said = iter_torch_profile(parse(TorchProfileConfig, submission.payload["config"]))

    def events(self) -> Iterator[Said]:
        return self._said

    def control(self, control: Control) -> None:
        raise RunError(f"A profile cannot {control.action}: cancel it instead.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        raise RunError("A profile keeps no checkpoints.")
