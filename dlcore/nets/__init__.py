"""The networks by name. A new one is one file and one line here."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Literal

from torch import nn

from dlcore.errors import ConfigError
from dlcore.nets.fast_cnn import FastCNN
from dlcore.nets.simple_cnn import SimpleCNN
from dlcore.randomness import drawn_with

NetName = Literal["FastCNN", "SimpleCNN"]
NETS: Mapping[NetName, Callable[[float], nn.Module]] = {
    "FastCNN": FastCNN,
    "SimpleCNN": SimpleCNN,
}
MAX_PARAMETERS = 5_000_000


def build_model(net: NetName, *, dropout: float = 0.0, seed: int = 0) -> nn.Module:
    """A fresh network on the CPU whose initial weights depend on `seed` alone.

    Raises ConfigError if the net is unknown or larger than MAX_PARAMETERS.
    """
    if net not in NETS:
        raise ConfigError(f"Network must be one of {', '.join(NETS)}. Got {net!r} instead.")
    with drawn_with(seed):
        model = NETS[net](dropout)
    size = count_parameters(model)
    if size > MAX_PARAMETERS:
        raise ConfigError(f"Parameters must be at most {MAX_PARAMETERS:,}. Got {size:,} instead.")
    return model


def count_parameters(model: nn.Module) -> int:
    """How many numbers training can change."""
    return sum(parameter.numel() for parameter in model.parameters())


def private_copy(model: nn.Module) -> nn.Module:
    """A copy in eval mode whose weights want no gradient.

    Everybody shares the original: what is done to the copy cannot reach it.
    """
    return copy.deepcopy(model).eval().requires_grad_(False)


__all__ = ["MAX_PARAMETERS", "NETS", "NetName", "build_model", "count_parameters", "private_copy"]
