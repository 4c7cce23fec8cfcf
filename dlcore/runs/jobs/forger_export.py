"""A forger written as a file, inside a task: torch's exporters take seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlcore.events import Tick
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.gan import load_pair
from dlcore.runs.jobs.in_a_thread import in_a_thread
from dlcore.runs.protocol import Submission
from dlcore.serving.forger import FILES, ForgerFile, export_forger


class ForgerExportJob(TaskJob):
    """The last event is a ForgerFile. The payload is {"checkpoint": Checkpoint, "format": one of FILES}.

    Raises CheckpointError if the checkpoint cannot be used, ExportError if the format cannot be written here.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._format: Any = submission.payload["format"]
        assert self._format in FILES
        self._forger = load_pair(submission.payload["checkpoint"])[0]

    def events(self) -> Iterator[Tick | ForgerFile]:
        return in_a_thread(self._write())

    def _write(self) -> Iterator[Tick | ForgerFile]:
        yield export_forger(self._forger, self._format)
