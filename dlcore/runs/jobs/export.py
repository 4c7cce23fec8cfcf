"""Exporting a checkpoint, and racing its engines, inside a task: torch's exporters take seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from dlcore.events import Stage, Tick
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.in_a_thread import in_a_thread
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.storage.kept import Kept
from dlcore.serving.export import Export, Exported, LeftOut, Unwritten, Written, iter_export
from dlcore.serving.formats import FORMATS
from dlcore.serving.race import InferenceRace, iter_race
from dlcore.serving.trained import Trained


def load_trained(checkpoint: Checkpoint) -> Trained:
    """The net of a checkpoint. Raises CheckpointError if it cannot be used."""
    model, config = load_model(checkpoint)
    return Trained(model, config, checkpoint.epoch)


def warm() -> None:
    """Import what takes seconds."""
    import_module("torch.export")


class ExportJob(TaskJob):
    """Every format of a checkpoint, one Exported after the other; the last event is an Export.

    The payload is {"checkpoint": Checkpoint, "folder": Path}; the files go into the folder. Raises
    CheckpointError if the checkpoint cannot be used.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._kept = Kept(Path(submission.payload["folder"]))
        self._trained = load_trained(submission.payload["checkpoint"])

    def events(self) -> Iterator[Tick | Exported | Export]:
        files: list[Exported] = []
        for made in in_a_thread(iter_export(self._trained)):
            if isinstance(made, LeftOut):
                yield Export(tuple(files), made)
            elif isinstance(made, Tick):
                yield made
            else:
                files.append(self._keep(made))
                yield files[-1]

    def _keep(self, made: Written | Unwritten) -> Exported:
        if isinstance(made, Unwritten):
            return Exported(made.format, problem=made.problem)
        try:
            digest = "" if FORMATS[made.format].quick else self._kept.keep(made.content)
        except OSError as error:
            problem = f"The file could not be written to the disk ({error.strerror}): free some room."
            return Exported(made.format, problem=problem)
        about = {f.name: getattr(made, f.name) for f in fields(made) if f.name != "content"}
        return Exported(size=len(made.content), digest=digest, **about)


class InferenceRaceJob(TaskJob):
    """One digit through every engine; the last event is an InferenceRace.

    The payload is {"checkpoint": Checkpoint, "digit": (28, 28) uint8}. Raises CheckpointError if the
    checkpoint cannot be used.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._digit = submission.payload["digit"]
        self._trained = load_trained(submission.payload["checkpoint"])

    def events(self) -> Iterator[Tick | Stage | InferenceRace]:
        return in_a_thread(iter_race(self._trained, self._digit))
