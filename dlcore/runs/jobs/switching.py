"""Switching units off inside a task: ten thousand digits for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.datasets.catalogue import samples
from dlcore.events import Tick
from dlcore.inspection.activations.switching import Effect, Switching, iter_switching
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_model


def warm() -> None:
    """Read the digits."""
    load_test()


class SwitchJob(TaskJob):
    """One checkpoint on the 10,000 test digits, whole and without single units.

    It says an Effect for each unit; the last event is a Switching. The payload is {"checkpoint": Checkpoint,
    "layer": its name, "units": numbers from 0}; without units only the silent ones are counted. Raises
    CheckpointError if the checkpoint cannot be used, ConfigError if it has no such layer or unit.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        model, config = load_model(submission.payload["checkpoint"])
        self._work = iter_switching(
            model,
            samples(config.dataset, "test"),
            NORMALIZE[config.normalize],
            submission.payload.get("layer", ""),
            submission.payload.get("units", ()),
        )

    def events(self) -> Iterator[Tick | Effect | Switching]:
        return self._work
