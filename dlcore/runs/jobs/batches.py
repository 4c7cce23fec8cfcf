"""Measuring how batches are loaded, inside a task's process, which is always a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.batches.loading import Loading, LoadingConfig, iter_loading
from dlcore.events import Stage
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse


class LoadingJob(TaskJob):
    """DataLoader against tensors; the last event is a Loading.

    The payload is {"config": fields of LoadingConfig}. Raises ConfigError if they are out of bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._config = parse(LoadingConfig, submission.payload["config"])

    def events(self) -> Iterator[Stage | Loading]:
        return iter_loading(self._config)
