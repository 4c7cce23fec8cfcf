"""Fine-tuning the shipped network on somebody's drawings, inside a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from dlcore.events import Event
from dlcore.hand.config import HandConfig
from dlcore.hand.tuning import begin, hand_splits
from dlcore.runs.jobs import mnist
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, load_state, load_weights
from dlcore.training.config import TrainConfig
from dlcore.training.loop import TrainState, train
from dlcore.training.resume import resume, state_tensors

warm = mnist.warm


class HandJob(RunJob[HandConfig, TrainState]):
    """It begins with the shipped network after its last epoch.

    Raises DataError, as its work begins, if nothing can be learned from these drawings.
    """

    config_type = HandConfig

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        config, kept = self._config, submission.resume
        if kept:
            self._state = resume(config.training(), load_weights(kept), load_state(kept))
        else:
            self._state = begin(config, load_model(shipped_run("mnist").checkpoints[-1])[0])
        self.device = self._state.device.type

    def work(self) -> Iterator[Event]:
        return train(
            self._state, hand_splits(self._config.hand, self._config.rehearsal), controls=self._controls
        )

    def weights(self) -> Mapping[str, Tensor]:
        weights: Mapping[str, Tensor] = self._state.judged.state_dict()
        return weights

    def state(self) -> Mapping[str, Tensor]:
        return state_tensors(self._state)

    def described(self) -> TrainConfig:
        """A checkpoint is read as any of a run on the digits is; drawings stay in the run's own record."""
        return self._config.training()
