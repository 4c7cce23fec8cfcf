"""A training that can go on later: everything its next step reads, as plain tensors.

Weights are not among them: they are a checkpoint of their own. A training that goes on from both is, bit by
bit, the one that was never interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dlcore.data import Prepare
from dlcore.errors import CheckpointError
from dlcore.training.config import TrainConfig
from dlcore.training.loop import TrainState, start
from dlcore.training.moving import move

MOVED = "moved."  # begins the name of a knob that a hand has moved


def state_tensors(state: TrainState) -> dict[str, Tensor]:
    """Optimizer, random numbers and position of a training that stands between two epochs."""
    tensors = {
        f"optimizer.{index}.{name}": value
        for index, values in state.optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }
    if state.average:  # then a checkpoint holds the mean
        tensors |= {f"raw.{name}": value for name, value in state.model.state_dict().items()}
    dropout = state.dropout.state if state.dropout else ()
    tensors |= {f"dropout.{index}": value for index, value in enumerate(dropout)}
    tensors |= {
        f"{MOVED}{name}": torch.tensor(value, dtype=torch.float64) for name, value in state.moved.items()
    }
    return tensors | {
        "order": state.order.get_state(),
        "augmenter": state.augmenter.get_state(),
        "lr": torch.tensor(state.lr, dtype=torch.float64),
        "position": torch.tensor([state.epoch, state.step]),
    }


def resume(
    config: TrainConfig,
    weights: Mapping[str, Tensor],
    tensors: Mapping[str, Tensor],
    model: nn.Module | None = None,
    prepare: Prepare | None = None,
) -> TrainState:
    """The training as `state_tensors` found it, with the weights of that moment.

    `model` and `prepare` are those it was started with. Raises CheckpointError if these tensors belong to
    another config.
    """
    state = start(config, model, prepare)
    try:
        state.judged.load_state_dict(weights)
        if state.average:
            raw = {name: tensors[f"raw.{name}"] for name in state.model.state_dict()}
            state.model.load_state_dict(raw)
        parameters = state.optimizer.param_groups[0]["params"]
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".")
                moments.setdefault(int(index), {})[name] = _like(parameters[int(index)], value)
        groups = state.optimizer.state_dict()["param_groups"]
        state.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        state.order.set_state(tensors["order"])
        state.augmenter.set_state(tensors["augmenter"])
        for key in tensors:
            if key.startswith(MOVED):
                move(state, key.removeprefix(MOVED), float(tensors[key]))
        if state.dropout is not None:
            _, *others = state.dropout.state  # a GPU's begin anew if the run began on the processor
            others = [tensors.get(f"dropout.{i}", other) for i, other in enumerate(others, start=1)]
            state.dropout.state = tensors["dropout.0"], *others
        state.lr = float(tensors["lr"])
        state.epoch, state.step = (int(number) for number in tensors["position"])
    except (KeyError, IndexError, RuntimeError) as error:
        raise CheckpointError(
            "What was kept of this run does not fit its settings: start it again from the beginning."
        ) from error
    return state


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """A moment of the optimizer in its parameter's memory format, which a file does not keep."""
    if value.shape != parameter.shape:
        return value  # a step count
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value)
