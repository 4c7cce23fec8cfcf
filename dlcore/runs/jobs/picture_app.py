"""A classifier of one's own as a zip: torch's exporters take seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlcore.events import Stage, Tick
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.in_a_thread import in_a_thread
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.kept import Kept
from dlcore.serving.picture_app import iter_zip


@dataclass(frozen=True)
class Zipped:
    """`digest` names the file among those kept; `size` in bytes."""

    digest: str
    size: int


class ZipJob(TaskJob):
    """The payload is {"app": App, "folder": Path}; the last event is a Zipped, its file in
    the folder. Raises OSError if the disk refuses.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._app = submission.payload["app"]
        self._kept = Kept(Path(submission.payload["folder"]))

    def events(self) -> Iterator[Stage | Tick | Zipped]:
        for event in in_a_thread(iter_zip(self._app)):
            yield Zipped(self._kept.keep(event), len(event)) if isinstance(event, bytes) else event
