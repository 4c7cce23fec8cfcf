"""The forger's game inside a worker: both networks trained, judged by the shipped reader of digits."""

from __future__ import annotations

from collections.abc import Generator as Work
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor
from torch.optim import Adam

from dlcore.errors import CheckpointError
from dlcore.events import Event, Tick
from dlcore.gan.config import GanConfig
from dlcore.gan.data import digits_to_learn
from dlcore.gan.judging import Reader, iter_reader
from dlcore.gan.networks import Discriminator, Generator
from dlcore.gan.resume import kept_weights, pair_from, resume, state_tensors
from dlcore.gan.steps import DETECTIVE, FORGER, GanState, start
from dlcore.gan.training import train
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.fast_cnn import FastCNN
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.protocol import Control, Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_config, load_model, load_state, load_weights

SIDES = {"generator": FORGER, "discriminator": DETECTIVE}  # who alone learns in a step of this name
_readers: list[Reader] = []  # at most one, of this process


def warm() -> None:
    """Load the digits, and torch's compiler with the first optimizer: the first run begins at once."""
    load_train()
    load_test()
    Adam(torch.nn.Linear(1, 1).parameters())


class GanJob(RunJob[GanConfig, GanState]):
    config_type = GanConfig

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        kept = submission.resume
        self._state = (
            resume(self._config, load_weights(kept), load_state(kept)) if kept else start(self._config)
        )

    def work(self) -> Iterator[Event]:
        digits = digits_to_learn(self._config.digit)
        return train(self._state, digits, iter_shipped_reader, self._controls)

    def weights(self) -> Mapping[str, Tensor]:
        return kept_weights(self._state)

    def state(self) -> Mapping[str, Tensor]:
        return state_tensors(self._state)

    def control(self, control: Control) -> None:
        if control.action == "step" and control.name in SIDES:
            self._controls.set("side", SIDES[control.name])
        else:
            super().control(control)


def iter_shipped_reader() -> Work[Tick, None, Reader]:
    """The network that comes with the lab, after it has seen the 10,000 test digits: once in a process."""
    if not _readers:
        network, config = load_model(shipped_run("mnist").checkpoints[-1])
        if not isinstance(network, FastCNN):
            raise CheckpointError(
                "The shipped model is no FastCNN: put it back from the project's repository."
            )
        _readers.append((yield from iter_reader(network, NORMALIZE[config.normalize], load_test())))
    return _readers[0]


def load_pair(checkpoint: Checkpoint) -> tuple[Generator, Discriminator, GanConfig]:
    """The averaged forger and the detective of a checkpoint. Raises CheckpointError if it cannot be used."""
    config = load_config(checkpoint, GanConfig)
    return *pair_from(load_weights(checkpoint), config), config
