"""The digits' work inside a worker: training a network, and evaluating a checkpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import torch

from dlcore.controls import Controls
from dlcore.errors import RunError
from dlcore.events import CheckpointReady, Event, Tick
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import make_splits
from dlcore.run import Checkpoint
from dlcore.runs.protocol import Control, Submission
from dlcore.runs.storage.checkpoints import load_model, load_state, load_weights, save_checkpoint
from dlcore.schema import parse
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, iter_evaluation
from dlcore.training.loop import TrainState, start, train
from dlcore.training.optimizers import build_optimizer
from dlcore.training.resume import resume, state_tensors

# Test digits judged while a run trains: one of each class, then two that many networks miss.
WATCHED = (3, 2, 1, 18, 4, 8, 11, 0, 61, 7, 247, 445)


def warm() -> None:
    """Load the digits, so that the first run begins at once."""
    load_train()
    load_test()
    # Torch imports its compiler with the first optimizer that is made: more than a second.
    build_optimizer(torch.nn.Linear(1, 1), TrainConfig())


class TrainJob:
    """One training run. Raises ConfigError if the submitted config is out of bounds."""

    def __init__(self, submission: Submission) -> None:
        self._config = parse(TrainConfig, submission.payload)
        self._folder = submission.folder
        self._threads = submission.threads
        self._state = self._resume(submission.resume) if submission.resume else start(self._config)
        self._controls = Controls(planned=deque(submission.planned))
        self.device = self._state.device.type

    @property
    def step(self) -> int:
        return self._state.step

    def events(self) -> Iterator[Event]:
        splits = make_splits(self._config.train_size, self._config.val_size)
        watch = splits.test.images[list(WATCHED)]
        torch.set_num_threads(self._threads)
        for event in train(self._state, splits, controls=self._controls, watch=watch):
            yield event
            torch.set_num_threads(self._threads)  # another run of this process may have changed it

    def control(self, control: Control) -> None:
        if control.action == "stop":
            self._controls.stop()
        elif control.action == "step":
            self._controls.report_next = not control.name  # else a whole epoch
        elif control.action == "set" and control.name == "lr":
            self._controls.set("lr", parse(TrainConfig, {"lr": control.value}).lr)
        else:
            raise RunError(f"A training run cannot {control.action} {control.name!r}: only lr can be set.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        weights = self._state.model.state_dict()
        whole = event.step == event.epoch * self._config.steps_per_epoch  # not stopped within an epoch
        return save_checkpoint(
            self._folder,
            weights,
            self._config,
            epoch=event.epoch,
            step=event.step,
            state=state_tensors(self._state) if whole else None,
            durable=whole,  # a stop must not wait for the disk
        )

    def _resume(self, checkpoint: Checkpoint) -> TrainState:
        return resume(self._config, load_weights(checkpoint), load_state(checkpoint))


class EvaluateJob:
    """One checkpoint measured on the 10,000 test digits; the last event is an Evaluation.

    The payload is {"checkpoint": Checkpoint}. Raises CheckpointError if it cannot be used.
    """

    device = "cpu"
    step = 0

    def __init__(self, submission: Submission) -> None:
        self._threads = submission.threads
        self._model, config = load_model(submission.payload["checkpoint"])
        self._model.to(memory_format=torch.channels_last)
        self._normalize = NORMALIZE[config.normalize]

    def events(self) -> Iterator[Tick | Evaluation]:
        torch.set_num_threads(self._threads)
        yield (yield from iter_evaluation(self._model, load_test(), self._normalize))

    def control(self, control: Control) -> None:
        raise RunError(f"An evaluation cannot {control.action}: cancel it instead.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        raise RunError("An evaluation keeps no checkpoints.")
