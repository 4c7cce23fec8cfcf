"""A game that can go on later: weights to keep, and everything else its next step reads, as plain tensors.

A game that goes on from both is, bit by bit, the one that was never interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Adam

from dlcore.errors import CheckpointError
from dlcore.gan.config import GanConfig
from dlcore.gan.networks import Discriminator, Generator
from dlcore.gan.steps import GanState, start

Tensors = Mapping[str, Tensor]


def kept_weights(state: GanState) -> dict[str, Tensor]:
    """What a checkpoint shows: the averaged forger and the detective."""
    return _named("generator.", state.shown) | _named("discriminator.", state.detective)


def _named(prefix: str, network: nn.Module) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in network.state_dict().items()}


def _part(prefix: str, tensors: Tensors) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def pair_from(weights: Tensors, config: GanConfig) -> tuple[Generator, Discriminator]:
    """Both networks of a checkpoint, in eval mode. Raises CheckpointError if they are of another config."""
    forger, detective = Generator(config.noise, config.width), Discriminator(config.width)
    try:
        forger.load_state_dict(_part("generator.", weights))
        detective.load_state_dict(_part("discriminator.", weights))
    except RuntimeError as error:
        raise CheckpointError(
            "The checkpoint does not fit its forger and detective: choose another one."
        ) from error
    return forger.eval().requires_grad_(False), detective.eval().requires_grad_(False)


def state_tensors(state: GanState) -> dict[str, Tensor]:
    """Of a game that stands between two epochs: the forger itself, both optimizers, random numbers, place."""
    return {
        **_named("forger.", state.forger),
        **_moments("forger_optimizer.", state.forger_optimizer),
        **_moments("detective_optimizer.", state.detective_optimizer),
        "draw": state.draw.get_state(),
        "lr": torch.tensor([state.lr_g, state.lr_d], dtype=torch.float64),
        "position": torch.tensor([state.epoch, state.step]),
    }


def _moments(prefix: str, optimizer: Adam) -> dict[str, Tensor]:
    return {
        f"{prefix}{index}.{name}": value
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def resume(config: GanConfig, weights: Tensors, tensors: Tensors) -> GanState:
    """The game as `state_tensors` found it, with the weights of that moment.

    Raises CheckpointError if these belong to another config.
    """
    state = start(config)
    try:
        state.shown.load_state_dict(_part("generator.", weights))
        state.detective.load_state_dict(_part("discriminator.", weights))
        state.forger.load_state_dict(_part("forger.", tensors))
        _restore("forger_optimizer.", tensors, state.forger_optimizer)
        _restore("detective_optimizer.", tensors, state.detective_optimizer)
        state.draw.set_state(tensors["draw"])
        state.lr_g, state.lr_d = tensors["lr"].tolist()
        state.epoch, state.step = tensors["position"].tolist()
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            "What was kept of this run does not fit its settings: start it again from the beginning."
        ) from error
    return state


def _restore(prefix: str, tensors: Tensors, optimizer: Adam) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(prefix, tensors).items():
        index, _, name = key.partition(".")
        moments.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
