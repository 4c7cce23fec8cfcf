"""Training a network on the images of a folder, inside a worker or from the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from torch import Tensor

from dlcore.events import Event
from dlcore.mnist.image_folder import read_again
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_state, load_weights
from dlcore.training.images_config import ImagesConfig
from dlcore.training.loop import TrainState, start, train
from dlcore.training.resume import resume, state_tensors


class TrainJob(RunJob[ImagesConfig, TrainState]):
    """Its folder is read as the work begins, and must hold what the run began with.

    Then raises DataError if it does not.
    """

    config_type = ImagesConfig

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        config, kept = self._config, submission.resume
        self._state = resume(config, load_weights(kept), load_state(kept)) if kept else start(config)
        self.device = self._state.device.type

    def work(self) -> Iterator[Event]:
        images = read_again(Path(self._config.folder), self._config.digest)
        splits = images.splits(self._config.train_size, self._config.val_size)
        return train(self._state, splits, controls=self._controls)

    def weights(self) -> Mapping[str, Tensor]:
        weights: Mapping[str, Tensor] = self._state.judged.state_dict()
        return weights

    def state(self) -> Mapping[str, Tensor]:
        return state_tensors(self._state)
