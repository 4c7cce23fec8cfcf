"""Directions in the space of all weights, on a scale that two networks share.

A network whose layers are multiplied by 10 and divided by 10 again gives the same answers, yet a step of the
same length means another thing to it. So a direction is measured in the weights' own norms, filter by
filter: Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from dlcore.errors import ConfigError

Weights = Mapping[str, Tensor]  # parameters by name, as in a state_dict
Normalisation = Literal["filter", "layer", "weight", "none"]


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """A copy of what training can change in a model, by name, on the CPU."""
    return {name: value.detach().cpu().clone() for name, value in model.named_parameters()}


def random_direction(
    weights: Weights,
    generator: torch.Generator,
    *,
    normalisation: Normalisation = "filter",
    fix_biases: bool = True,
) -> dict[str, Tensor]:
    """A Gaussian direction with the shapes of `weights`.

    "filter": each filter, or row of a dense layer, gets the norm of the same filter of the network; "layer":
    each tensor as a whole; "weight": each number is multiplied by the network's; "none": as drawn. With
    `fix_biases` biases and the scales of norms, all that has one dimension, do not move.
    """
    direction = {}
    for name, value in weights.items():
        drawn = torch.randn(value.shape, generator=generator, dtype=value.dtype)
        if value.dim() <= 1 and fix_biases:
            direction[name] = torch.zeros_like(value)
        else:
            direction[name] = _normalised(drawn, value, normalisation)
    return direction


def drawn_direction(weights: Weights, generator: torch.Generator) -> Tensor:
    """The same as one vector (P,) that is never 0: where all filters are 0 it is as drawn, of length 1."""
    direction = flat(random_direction(weights, generator))
    if direction.norm() > 0:
        return direction
    drawn = flat(random_direction(weights, generator, normalisation="none"))
    return drawn.div_(drawn.norm())


def _normalised(drawn: Tensor, value: Tensor, normalisation: Normalisation) -> Tensor:
    if normalisation == "none":
        return drawn
    if normalisation == "weight":
        return drawn * value
    if normalisation == "layer" or value.dim() <= 1:
        return drawn.mul_(value.norm() / drawn.norm().clamp_min(1e-12))
    norms = filter_norms(value) / filter_norms(drawn).clamp_min(1e-12)
    return drawn.mul_(norms.view(-1, *[1] * (value.dim() - 1)))


def filter_norms(value: Tensor) -> Tensor:
    """The norm of each filter of (filters, …), (filters,)."""
    norms: Tensor = torch.linalg.vector_norm(value.flatten(1), dim=1)
    return norms


def difference(end: Weights, start: Weights) -> dict[str, Tensor]:
    """`end` - `start`. Raises ConfigError if they are not of one architecture."""
    check_alike(end, start)
    return {name: end[name] - start[name] for name in start}


def check_alike(one: Weights, other: Weights) -> None:
    """Raises ConfigError if two networks have no common space of weights."""
    if {name: value.shape for name, value in one.items()} != {n: v.shape for n, v in other.items()}:
        raise ConfigError(
            "Networks on one plane must be of one architecture: choose two runs of the same network."
        )


def flat(weights: Weights) -> Tensor:
    """All numbers as one vector (P,) of float64, by name: files keep no order of their own."""
    return torch.cat([weights[name].flatten().double() for name in sorted(weights)])


def unflat(vector: Tensor, like: Weights) -> dict[str, Tensor]:
    """The inverse of `flat`, with the shapes and types of `like`."""
    names = sorted(like)
    parts = vector.split([like[name].numel() for name in names])
    return {
        name: part.view(like[name].shape).to(like[name].dtype)
        for name, part in zip(names, parts, strict=True)
    }
