"""The networks by name. A new one is one file and one line here."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Literal, TypeVar

from torch import nn

from dlcore.errors import ConfigError
from dlcore.nets.blocks import parse_blocks
from dlcore.nets.book_mlp import BookMLP
from dlcore.nets.fast_cnn import FastCNN
from dlcore.nets.first_weights import FirstWeights, draw_first_weights
from dlcore.nets.lenet5 import LeNet5
from dlcore.nets.my_network import NAME, network_class
from dlcore.nets.shapes import CHUNK, MAX_PARAMETERS, checked_plan
from dlcore.nets.simple_cnn import SimpleCNN
from dlcore.nets.small_resnet import SmallResNet
from dlcore.nets.softmax_regression import SoftmaxRegression
from dlcore.nets.variants import ActivationName, NormName, variant
from dlcore.randomness import drawn_with

Model = TypeVar("Model", bound=nn.Module)
NetName = Literal[
    "FastCNN", "SimpleCNN", "SoftmaxRegression", "BookMLP", "LeNet5", "SmallResNet", "MyNetwork"
]
# Those that come with the lab. MyNetwork is what its blocks say.
NETS: Mapping[NetName, type[nn.Module]] = {
    "FastCNN": FastCNN,
    "SimpleCNN": SimpleCNN,
    "SoftmaxRegression": SoftmaxRegression,
    "BookMLP": BookMLP,
    "LeNet5": LeNet5,
    "SmallResNet": SmallResNet,
}
# The networks in which there is none to choose: nothing is hidden in the first; blocks say it themselves.
WITHOUT: Mapping[str, tuple[str, ...]] = {
    "dropout": ("SoftmaxRegression", NAME),
    "activation": ("SoftmaxRegression", NAME),
    "norm": ("SoftmaxRegression", NAME, "SmallResNet"),  # which has one
}


def net_class(
    net: NetName, layers: str = "", activation: ActivationName = "relu", norm: NormName = "none"
) -> type[nn.Module]:
    """The class of a network; `layers` are the blocks of MyNetwork, which name its activations and norms.

    Raises ConfigError if the net is unknown, or its blocks make none.
    """
    if net == NAME:
        return network_class(layers)
    if net not in NETS:
        raise ConfigError(f"Network must be one of {', '.join((*NETS, NAME))}. Got {net!r} instead.")
    return variant(NETS[net], activation, norm)  # type: ignore[arg-type]  # mypy takes no class for hashable


def build_model(
    net: NetName,
    *,
    layers: str = "",
    dropout: float = 0.0,
    seed: int = 0,
    activation: ActivationName = "relu",
    norm: NormName = "none",
    first_weights: FirstWeights = "torch",
) -> nn.Module:
    """A fresh network on the CPU whose initial weights depend on `seed` and `first_weights` alone.

    Raises ConfigError if the net is unknown, its `layers` make none, or it is larger than MAX_PARAMETERS.
    """
    kind = net_class(net, layers, activation, norm)
    with drawn_with(seed):
        model = kind(dropout)
        draw_first_weights(model, first_weights)
    size = count_parameters(model)
    if size > MAX_PARAMETERS:
        raise ConfigError(f"Parameters must be at most {MAX_PARAMETERS:,}. Got {size:,} instead.")
    return model


def chunk_of(net: NetName, layers: str = "") -> int:
    """How many images one forward and backward pass takes: about 40 ms of work on one core."""
    return checked_plan(parse_blocks(layers)).chunk if net == NAME else CHUNK


def count_parameters(model: nn.Module) -> int:
    """How many numbers training can change."""
    return sum(parameter.numel() for parameter in model.parameters())


def drops(model: nn.Module) -> bool:
    """Does it switch units off at random in training?"""
    return any(isinstance(module, nn.Dropout) and module.p > 0 for module in model.modules())


def private_copy(model: Model) -> Model:
    """A copy in eval mode whose weights want no gradient.

    Everybody shares the original: what is done to the copy cannot reach it.
    """
    return copy.deepcopy(model).eval().requires_grad_(False)
