"""Fine-tuning the borrowed network on somebody's pictures, inside a worker."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

import torch
from torch import Tensor

from dlcore.classifier.examples import examples
from dlcore.classifier.project import Picture
from dlcore.classifier.tuning import (
    SHOWN,
    Tail,
    TuneConfig,
    Whole,
    as_they_are,
    give_head,
    iter_found,
    iter_maps,
    iter_squares,
    scaled,
    split,
)
from dlcore.errors import DataError
from dlcore.events import Evaluated, Event, Tick
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_state, load_weights
from dlcore.training.evaluation import iter_evaluation
from dlcore.training.loop import TrainState, start, train
from dlcore.training.resume import resume, state_tensors
from dlcore.vision.weights import pretrained


def _last(events: Iterator[Tick | Tensor]) -> Generator[Event, None, Tensor]:
    """Ticks pass; the generator's value is what comes in the end."""
    for event in events:
        if not isinstance(event, Tick):
            return event
        yield event
    raise AssertionError("the last event is no Tick")


class TuningJob(RunJob[TuneConfig, TrainState]):
    """Raises DataError, as its work begins, if its pictures are no longer kept or cannot be judged."""

    config_type = TuneConfig

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._kept = submission.folder.parents[1] / "pictures" / submission.owner
        self._classes = sorted(set(self._config.labels.values()))
        self._network = pretrained()
        self._model = self._borrowed()
        prepare = scaled if self._config.layers == "all" else as_they_are
        config, kept = self._config.training(), submission.resume
        self._state = (
            resume(config, load_weights(kept), load_state(kept), self._model, prepare)
            if kept
            else start(config, self._model, prepare)
        )
        if self._config.layers == "all":
            self._state.chunk = 1  # a picture forth and back is some 0.1 s: others must not wait for more
        self.device = self._state.device.type

    def _borrowed(self) -> Tail | Whole:
        """What learns, as it was borrowed."""
        return (Whole if self._config.layers == "all" else Tail)(self._network, len(self._classes))

    def work(self) -> Iterator[Event]:
        config, pictures = self._config, self._pictures()
        labels = torch.tensor([self._classes.index(picture.label) for picture in pictures])
        inputs = yield from _last(
            iter_squares(pictures, config.fit)
            if config.layers == "all"
            else iter_maps(self._network, pictures, config.fit)
        )
        features = yield from _last(iter_found(self._borrowed(), inputs))
        splits = split(features, inputs, labels, config.seed, SHOWN[config.layers])
        if not self._state.step:
            give_head(self._model, features, labels, splits.val, config.seed)
            state = self._state
            found = yield from iter_evaluation(self._model, splits.val, state.prepare, state.chunk)
            yield Evaluated(0, 0, "val", found.loss, found.correct, found.total)
        yield from train(self._state, splits, controls=self._controls)

    def _pictures(self) -> list[Picture]:
        """Those of its labels. Raises DataError if one of them has gone."""
        shipped = {picture.digest: picture for picture in examples()}
        found = []
        for digest, label in self._config.labels.items():
            if self._config.which == "example":
                content = shipped[digest].webp if digest in shipped else b""
            else:
                path = self._kept / f"{digest}.webp"
                content = path.read_bytes() if digest.isalnum() and path.is_file() else b""
            if not content:
                raise DataError(
                    "A picture of this run is no longer kept: keep your pictures and start again."
                )
            found.append(Picture("", label, digest, content, (0, 0)))
        return found

    def weights(self) -> Mapping[str, Tensor]:
        weights: Mapping[str, Tensor] = self._state.judged.state_dict()
        return weights

    def state(self) -> Mapping[str, Tensor]:
        return state_tensors(self._state)
