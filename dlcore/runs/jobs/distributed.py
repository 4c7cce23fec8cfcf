"""Training by several ranks inside a task's process: it starts them, hears them, and ends with none left."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.distributed.config import RanksConfig
from dlcore.distributed.training import Trainings, iter_trainings
from dlcore.errors import ConfigError
from dlcore.events import Stage, Tick
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse

MOST = 4  # trainings of one task


class RanksJob(TaskJob):
    """The trainings asked for, one after the other; the last event is Trainings.

    The payload is {"configs": fields of a RanksConfig for each}. Raises ConfigError if they are out of
    bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        asked = submission.payload["configs"]
        if not 1 <= len(asked) <= MOST:
            raise ConfigError(f"Trainings must be from 1 to {MOST}. Got {len(asked)} instead.")
        self._configs = [parse(RanksConfig, fields) for fields in asked]

    def events(self) -> Iterator[Stage | Tick | Trainings]:
        return iter_trainings(self._configs)
