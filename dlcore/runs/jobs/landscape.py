"""Loss surfaces, lines and sharpness inside a task's process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from dlcore.errors import ConfigError
from dlcore.events import Tick
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.directions import weights_of
from dlcore.landscape.engines import make_engine
from dlcore.landscape.lines import Line, iter_line
from dlcore.landscape.picture import Moment, Prepared, Stop, check_finite, iter_picture
from dlcore.landscape.samples import samples_of
from dlcore.landscape.sharpness import Sharpness, iter_sharpness
from dlcore.landscape.surfaces import Row
from dlcore.mnist.files import load_train
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_config, load_model, load_weights
from dlcore.schema import parse
from dlcore.training.config import TrainConfig

MOST_STOPS = 40  # of a path


def warm() -> None:
    """Load the digits, so that the first surface begins at once."""
    load_train()


def moments(checkpoints: Sequence[Checkpoint]) -> list[Moment]:
    """The stops of a path: MOST_STOPS of the checkpoints at most, the first and the last among them.

    Raises CheckpointError if one cannot be used.
    """
    gaps = max(1, len(checkpoints) - 1)
    stops = min(gaps, MOST_STOPS - 1)
    chosen = sorted({round(stop * gaps / stops) for stop in range(stops + 1)})
    return [
        Moment(c.epoch, c.step, load_weights(c))
        for c in (checkpoints[i] for i in chosen if i < len(checkpoints))
    ]


class _Job(TaskJob):
    """What these tasks have in common. `events` must be told."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._payload = submission.payload
        self._config = parse(SurfaceConfig, submission.payload["config"])
        self._checkpoints: tuple[Checkpoint, ...] = submission.payload["checkpoints"]
        self._model, trained = load_model(self._checkpoints[-1])
        self._trained = trained

    def _samples(self) -> tuple[Tensor, Tensor]:
        """The digits to measure on; of the training digits, those that the run learnt from."""
        return samples_of(self._config, self._trained)


class SurfaceJob(_Job):
    """A part of a picture: the events of `iter_picture`.

    The payload is {"checkpoints": …, "config": fields of SurfaceConfig, "share": …, "redraw": 0}. Raises
    ConfigError if these are out of bounds, CheckpointError if a checkpoint cannot be used.
    """

    def events(self) -> Iterator[Tick | Prepared | Row | Stop]:
        yield from iter_picture(
            self._model,
            moments(self._checkpoints),
            self._config,
            self._samples(),
            share=self._payload["share"],
            redraw=self._payload["redraw"],
            dropout=self._trained.dropout,
        )


class LineJob(_Job):
    """The line from the first of two "checkpoints" to the second: Lines, each some points longer.

    Of the "config" only the digits count, here and for the sharpness.
    """

    def events(self) -> Iterator[Tick | Line]:
        first = load_config(self._checkpoints[0], TrainConfig)
        if first.normalize != self._trained.normalize:
            raise ConfigError(
                "The two networks read digits that were prepared differently: choose runs of one preparation."
            )
        if first.dataset != self._trained.dataset:
            raise ConfigError("The two networks learnt different images: choose runs of one set of images.")
        check_finite(moments(self._checkpoints))
        engine = make_engine(self._model, *self._samples())
        yield from iter_line(engine, load_weights(self._checkpoints[0]), weights_of(self._model))


class SharpnessJob(_Job):
    """How sharply the loss bends at one checkpoint: Sharpnesses, each more exact."""

    def events(self) -> Iterator[Tick | Sharpness]:
        check_finite(moments(self._checkpoints))
        yield from iter_sharpness(self._model, *self._samples(), seed=self._config.seed)
