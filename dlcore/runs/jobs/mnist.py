"""The digits' work inside a worker: training a network, and evaluating a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from dlcore.data import Samples
from dlcore.datasets.catalogue import entry, samples
from dlcore.datasets.dataset import MNIST
from dlcore.datasets.splits import splits_of
from dlcore.events import Event, Tick
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import chunk_of
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import RunJob, TaskJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_model, load_state, load_weights
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, iter_evaluation
from dlcore.training.loop import TrainState, start, train
from dlcore.training.optimizers import build_optimizer
from dlcore.training.resume import resume, state_tensors

# Test digits judged while a run trains: one of each class, then two that many networks miss.
WATCHED = (3, 2, 1, 18, 4, 8, 11, 0, 61, 7, 247, 445)


def watched(dataset: str) -> tuple[int, ...]:
    """The test images of a set that are judged while a run trains."""
    return WATCHED if dataset == MNIST else entry(dataset).watched


def watched_samples(dataset: str) -> Samples:
    """These images themselves, at hand without the others of their set. Raises DataError."""
    found = None if dataset == MNIST else entry(dataset).asked
    return load_test()[torch.tensor(WATCHED)] if found is None else found


def warm() -> None:
    """Load the digits, so that the first run begins at once."""
    load_train()
    load_test()
    # Torch imports its compiler with the first optimizer that is made: more than a second.
    build_optimizer(torch.nn.Linear(1, 1), TrainConfig())


class TrainJob(RunJob[TrainConfig, TrainState]):
    config_type = TrainConfig

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._state = self._resume(submission.resume) if submission.resume else start(self._config)
        self.device = self._state.device.type

    def work(self) -> Iterator[Event]:
        config = self._config
        splits = splits_of(config.dataset, config.train_size, config.val_size)
        watch = splits.test.images[list(watched(config.dataset))]
        return train(self._state, splits, controls=self._controls, watch=watch)

    def weights(self) -> Mapping[str, Tensor]:
        weights: Mapping[str, Tensor] = self._state.judged.state_dict()
        return weights

    def state(self) -> Mapping[str, Tensor]:
        return state_tensors(self._state)

    def _resume(self, checkpoint: Checkpoint) -> TrainState:
        return resume(self._config, load_weights(checkpoint), load_state(checkpoint))


class EvaluateJob(TaskJob):
    """One checkpoint measured on the test images of its set, MNIST's 10,000; the last event is an Evaluation.

    The payload is {"checkpoint": Checkpoint}. Raises CheckpointError if it cannot be used, DataError if its
    images are not here any more.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._model, config = load_model(submission.payload["checkpoint"])
        self._model.to(memory_format=torch.channels_last)
        self._normalize = NORMALIZE[config.normalize]
        self._chunk = chunk_of(config.net, config.layers)
        self._test = samples(config.dataset, "test")

    def events(self) -> Iterator[Tick | Evaluation]:
        yield (yield from iter_evaluation(self._model, self._test, self._normalize, self._chunk))
