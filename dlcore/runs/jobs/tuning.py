"""Fine-tuning the last block of the borrowed network on somebody's pictures, inside a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from dlcore.classifier.examples import examples
from dlcore.classifier.project import Picture
from dlcore.classifier.tuning import Tail, TuneConfig, give_head, iter_maps, split_maps
from dlcore.errors import DataError
from dlcore.events import Evaluated, Event, Tick
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_state, load_weights
from dlcore.training.evaluation import evaluate
from dlcore.training.loop import TrainState, start, train
from dlcore.training.resume import resume, state_tensors
from dlcore.vision.weights import pretrained


def as_they_are(maps: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
    """What the tail reads is kept as it reads it."""
    return maps


class TuningJob(RunJob[TuneConfig, TrainState]):
    """Raises DataError, as its work begins, if its pictures are no longer kept or cannot be judged."""

    config_type = TuneConfig

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._kept = submission.folder.parents[1] / "pictures" / submission.owner
        self._classes = sorted(set(self._config.labels.values()))
        self._network = pretrained()
        self._tail = Tail(self._network, len(self._classes))
        config, kept = self._config.training(), submission.resume
        self._state = (
            resume(config, load_weights(kept), load_state(kept), self._tail, as_they_are)
            if kept
            else start(config, self._tail, as_they_are)
        )
        self.device = self._state.device.type

    def work(self) -> Iterator[Event]:
        pictures = self._pictures()
        labels = torch.tensor([self._classes.index(picture.label) for picture in pictures])
        maps = None
        for event in iter_maps(self._network, pictures, self._config.fit):
            if isinstance(event, Tick):
                yield event
            else:
                maps = event
        assert maps is not None
        untuned = Tail(self._network, len(self._classes))
        splits, features = split_maps(untuned, maps, labels, self._config.seed)
        if not self._state.step:
            give_head(self._tail, features, labels, splits.val, self._config.seed)
            found = evaluate(self._tail, splits.val, as_they_are)
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
        weights: Mapping[str, Tensor] = self._state.model.state_dict()
        return weights

    def state(self) -> Mapping[str, Tensor]:
        return state_tensors(self._state)
