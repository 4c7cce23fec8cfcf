"""Fetching published weights, inside a task: a process that has not imported torch begins at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dlcore.events import Stage, Tick
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.in_a_thread import in_a_thread
from dlcore.runs.protocol import Submission
from dlcore.vision.fetch import Fetched, iter_fetch, part_of


class FetchJob(TaskJob):
    """The weights of one network; the last event is a Fetched.

    The payload is {"network": Network, "folder": Path, "limit": bytes that are kept there, "address": str}.
    Raises VisionError if they cannot be had.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        given = submission.payload
        network, folder = given["network"], Path(given["folder"])
        self._part = part_of(network, folder)
        self._work = iter_fetch(network, folder, given["limit"], given["address"], self._part)

    def events(self) -> Iterator[Stage | Tick | Fetched]:
        """In a thread: a server that falls silent holds up neither what is said nor a cancel."""
        try:
            yield from in_a_thread(self._work)
        finally:
            with suppress(OSError):  # most often it has its name already, or there is none
                self._part.unlink()
