"""Finding a learning rate inside a task: the range test, and short trainings that try what it found."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.lr_finder.search import Searching, Trying, iter_search, iter_tries
from dlcore.runs.jobs import mnist
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse
from dlcore.training.config import TrainConfig


class SearchJob(TaskJob):
    """A range test; the last event is its RangeTest. The payload is {"config": fields of TrainConfig}.

    Raises ConfigError if they are out of bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._work = iter_search(parse(TrainConfig, submission.payload["config"]))

    def events(self) -> Iterator[Searching]:
        return self._work


class TryJob(TaskJob):
    """Short trainings; the last event is their Tries. The payload is {"config": …, "rates": a tuple}.

    Raises ConfigError if they are out of bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        config = parse(TrainConfig, submission.payload["config"])
        self._work = iter_tries(config, submission.payload["rates"])

    def events(self) -> Iterator[Trying]:
        return self._work


def warm() -> None:
    """Load the digits, and make an optimizer."""
    mnist.warm()
