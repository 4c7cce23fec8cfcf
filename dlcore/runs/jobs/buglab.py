"""A script of the bug lab, trained inside a task."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.buglab.config import Case
from dlcore.buglab.running import Event, digits, iter_run
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission


class BugLabJob(TaskJob):
    """One training; the last event is its Symptoms. The payload is {"case": Case}.

    Raises ConfigError if there is no such script.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        case: Case = submission.payload["case"]
        self._work = iter_run(case.name, case.seed)

    def events(self) -> Iterator[Event]:
        return self._work


def warm() -> None:
    """Read the digits."""
    digits()
