"""The black patch inside a worker: training a network of plain Python, and reading its weights back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Dense, Network
from dlcore.blackpatch.training import TrainState, iter_data, start, train
from dlcore.errors import CheckpointError
from dlcore.events import Event
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_config, load_state, load_weights


class TrainJob(RunJob[PatchConfig, TrainState]):
    config_type = PatchConfig
    device = "plain Python"

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        config = self._config
        self._state = start(config.widths, init=config.init, lr=config.lr, seed=config.seed)
        if submission.resume:
            _restore(self._state, load_weights(submission.resume), load_state(submission.resume))

    def work(self) -> Iterator[Event]:
        config = self._config
        data = yield from iter_data(
            config.maker, train_size=config.train_size, test_size=config.test_size, seed=config.seed
        )
        yield from train(self._state, data, config.recipe, controls=self._controls)

    def weights(self) -> Mapping[str, Tensor]:
        return _tensors(self._state.network)

    def state(self) -> Mapping[str, Tensor]:
        return _state_tensors(self._state)


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
