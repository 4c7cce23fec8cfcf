"""The ground under a run that trains, inside a task's process. The training has the processor first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar

from dlcore.events import Tick
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.frames import Frame, make_frame
from dlcore.landscape.picture import check_finite
from dlcore.landscape.rolling import Request, Rolled, iter_rolling
from dlcore.landscape.samples import samples_of
from dlcore.mnist.files import load_train
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.landscape import moments
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_model, load_weights
from dlcore.schema import parse

REST = 1.5  # times as long as each stretch of work took: two fifths of a free core are used
BUSY_REST = 6.0  # times its work at most: a tenth of a core on which a run is at work too
LONGEST_REST = 0.5  # seconds: it must hear that nobody wants it any more

Event = TypeVar("Event")


def warm() -> None:
    """Load the digits, so that the first ground is measured at once."""
    load_train()


class RollingJob(TaskJob):
    """What `iter_rolling` finds; the last event is a Rolled.

    The payload is {"start": the run's first checkpoint, "before": those of the run whose directions are
    taken, or none, "request": a Request, "config": fields of SurfaceConfig, of which only the digits count}.
    Raises ConfigError if these are out of bounds, CheckpointError if a checkpoint cannot be used.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        payload = submission.payload
        config = parse(SurfaceConfig, payload["config"])
        self._request: Request = payload["request"]
        self._model, trained = load_model(self._request.stops[-1])
        self._frame = _frame(payload["start"], tuple(payload["before"]), config.seed)
        self._samples = samples_of(config, trained)

    def events(self) -> Iterator[Tick | Rolled]:
        stops = moments(self._request.stops)
        check_finite(stops)
        found = iter_rolling(
            self._model,
            self._frame,
            stops,
            self._samples,
            measure=self._request.measure,
            window=self._request.window,
        )
        yield from resting(found) if self._request.rests else found


@lru_cache(maxsize=2)
def _frame(start: Checkpoint, before: tuple[Checkpoint, ...], seed: int) -> Frame:
    """Made once for a run, whose process has many such tasks one after the other."""
    earlier = moments(before)
    check_finite(earlier)
    return make_frame(load_weights(start), [moment.weights for moment in earlier], seed=seed)


def resting(events: Iterator[Event]) -> Iterator[Event]:
    """The same events, and a pause after each: REST times as long, BUSY_REST times its work at most.

    A lower priority alone would not do: the system gives it a quarter of a core on which a run is at work.
    Where many are, it gets little as it is.
    """
    began, worked = time.monotonic(), time.process_time()
    for event in events:
        took, work = time.monotonic() - began, time.process_time() - worked
        yield event
        time.sleep(min(LONGEST_REST, REST * took, BUSY_REST * work))
        began, worked = time.monotonic(), time.process_time()
