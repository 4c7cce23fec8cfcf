"""The black patch inside a worker: training a network of plain Python, and reading its weights back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Dense, Network
from dlcore.blackpatch.training import TrainState, iter_data, start, train
from dlcore.controls import Controls
from dlcore.errors import CheckpointError, RunError
from dlcore.events import CheckpointReady, Event
from dlcore.run import Checkpoint
from dlcore.runs.protocol import Control, Submission
from dlcore.runs.storage.checkpoints import load_config, load_state, load_weights, save_checkpoint
from dlcore.schema import parse


def warm() -> None:
    """Nothing to prepare: importing this module is all it takes."""


class TrainJob:
    """One training run. Raises ConfigError if the submitted config is out of bounds."""

    device = "plain Python"

    def __init__(self, submission: Submission) -> None:
        self._config = config = parse(PatchConfig, submission.payload)
        self._folder = submission.folder
        self._state = start(config.widths, init=config.init, lr=config.lr, seed=config.seed)
        if submission.resume:
            _restore(self._state, load_weights(submission.resume), load_state(submission.resume))
        self._controls = Controls(planned=deque(submission.planned))

    @property
    def step(self) -> int:
        return self._state.step

    def events(self) -> Iterator[Event]:
        config = self._config
        data = yield from iter_data(
            config.maker, train_size=config.train_size, test_size=config.test_size, seed=config.seed
        )
        yield from train(self._state, data, config.recipe, controls=self._controls)

    def control(self, control: Control) -> None:
        if control.action == "stop":
            self._controls.stop()
        elif control.action == "step":
            self._controls.report_next = not control.name  # else a whole epoch
        elif control.action == "set" and control.name == "lr":
            self._controls.set("lr", parse(PatchConfig, {"lr": control.value}).lr)
        else:
            raise RunError(f"A training run cannot {control.action} {control.name!r}: only lr can be set.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        whole = event.step == event.epoch * self._config.steps_per_epoch  # not stopped within an epoch
        return save_checkpoint(
            self._folder,
            _tensors(self._state.network),
            self._config,
            epoch=event.epoch,
            step=event.step,
            state=_state_tensors(self._state) if whole else None,
            durable=whole,  # a stop must not wait for the disk
        )


def load_network(checkpoint: Checkpoint) -> tuple[Network, PatchConfig]:
    """The network of a checkpoint as lists. Raises CheckpointError if it cannot be used."""
    weights = load_weights(checkpoint)
    config = load_config(checkpoint, PatchConfig)
    return _network(weights, config.widths), config


def _tensors(network: Network) -> dict[str, Tensor]:
    """Lists to tensors that a file can hold: per layer, weights (out, in) and biases (out), float64."""
    tensors = {}
    for number, layer in enumerate(network.layers):
        tensors[f"layers.{number}.weight"] = torch.tensor(layer.weights, dtype=torch.float64)
        tensors[f"layers.{number}.bias"] = torch.tensor(layer.biases, dtype=torch.float64)
    return tensors


def _network(tensors: Mapping[str, Tensor], widths: list[int]) -> Network:
    layers = []
    for number, shape in enumerate(zip(widths[1:], widths[:-1], strict=True)):
        weight, bias = tensors.get(f"layers.{number}.weight"), tensors.get(f"layers.{number}.bias")
        if weight is None or bias is None or tuple(weight.shape) != shape or tuple(bias.shape) != shape[:1]:
            raise CheckpointError(
                f"The checkpoint does not fit its network at layer {number + 1}: choose another checkpoint."
            )
        layers.append(Dense(weight.tolist(), bias.tolist()))
    return Network(layers)


def _state_tensors(state: TrainState) -> dict[str, Tensor]:
    """Position, learning rate and random numbers of a training that stands between two epochs."""
    _, numbers, _ = state.order.getstate()
    return {
        "order": torch.tensor(numbers, dtype=torch.int64),
        "lr": torch.tensor(state.lr, dtype=torch.float64),
        "position": torch.tensor([state.epoch, state.step]),
    }


def _restore(state: TrainState, weights: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    """Bring a fresh state to where a checkpoint stood."""
    try:
        version, _, gauss = state.order.getstate()
        state.order.setstate((version, tuple(tensors["order"].tolist()), gauss))
        state.lr = float(tensors["lr"])
        state.epoch, state.step = (int(number) for number in tensors["position"])
    except (KeyError, ValueError) as error:
        raise CheckpointError(
            "What was kept of this run does not fit its settings: start it again from the beginning."
        ) from error
    state.network = _network(weights, state.network.widths)
