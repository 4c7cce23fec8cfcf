"""Fooling a network on many digits, inside a task."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.datasets.catalogue import samples
from dlcore.events import Stage
from dlcore.fooling.hardness import Hardness, iter_hardness
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_model


class HardnessJob(TaskJob):
    """How hard a checkpoint is to fool; the last event is a Hardness.

    The payload is {"checkpoint": Checkpoint}. Raises CheckpointError if it cannot be used.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        model, config = load_model(submission.payload["checkpoint"])
        self._work = iter_hardness(model, NORMALIZE[config.normalize], samples(config.dataset, "test"))

    def events(self) -> Iterator[Stage | Hardness]:
        return self._work
