"""Laying out a layer of a network of digits inside a task: t-SNE takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.events import Tick
from dlcore.inspection.embedding.digits import (
    DigitConfig,
    DigitPicture,
    check_layer,
    embed_digits,
    shown_digits,
)
from dlcore.inspection.embedding.layouts import check_perplexity
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.in_a_thread import in_a_thread
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_model
from dlcore.schema import parse


class DigitEmbedJob(TaskJob):
    """One layer laid out; the last event is a DigitPicture.

    The payload is {"checkpoint": Checkpoint, "config": fields of DigitConfig}. Raises ConfigError if these
    cannot be, CheckpointError if the checkpoint cannot be used.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._model, trained = load_model(submission.payload["checkpoint"])
        self._normalize = NORMALIZE[trained.normalize]
        self._config = parse(DigitConfig, submission.payload["config"])
        check_layer(self._model, self._config.layer)
        self._dataset = trained.dataset
        check_perplexity(self._config.perplexity, len(shown_digits(self._dataset)[1]))

    def events(self) -> Iterator[Tick | DigitPicture]:
        return in_a_thread(self._steps())

    def _steps(self) -> Iterator[DigitPicture]:
        yield embed_digits(self._model, self._normalize, self._config, self._dataset)
