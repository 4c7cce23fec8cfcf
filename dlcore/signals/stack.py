"""The stack in real torch: forward and backward once, every layer's signals and gradients kept.

It draws from a generator of its own and asks autograd for what it wants: no hook, no `.grad`, no seed of
others is touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from dlcore.playground.twin import FUNCTIONS
from dlcore.signals.config import SignalsConfig

BATCH = 256  # examples


@dataclass(frozen=True)
class Stack:
    """Inputs from N(0, 1), random labels, and the first weights. The last layer's units are the classes."""

    inputs: Tensor
    labels: Tensor
    weights: tuple[Tensor, ...]  # units × inputs, as torch.nn.Linear has them
    biases: tuple[Tensor, ...]


@dataclass(frozen=True)
class Passed:
    """Each tuple has one of every layer; a layer's blame is how fast the loss rises with what it gives."""

    loss: float
    sums: tuple[Tensor, ...]  # what the activation is given
    gives: tuple[Tensor, ...]
    blames: tuple[Tensor, ...]
    gradients: tuple[Tensor, ...]  # of the weights


def draw_weights(name: str, weight: Tensor, bias: Tensor, draw: Generator) -> None:
    """The first weights of one layer, in place."""
    nn.init.zeros_(bias)
    match name:
        case "xavier":
            nn.init.xavier_uniform_(weight, generator=draw)
        case "he":
            nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=draw)
        case "torch":  # what torch.nn.Linear does by itself
            nn.init.kaiming_uniform_(weight, a=5**0.5, generator=draw)
            reach = weight.shape[1] ** -0.5
            nn.init.uniform_(bias, -reach, reach, generator=draw)
        case "tiny":
            nn.init.normal_(weight, 0, 0.01, generator=draw)
        case "large":
            nn.init.normal_(weight, 0, 1, generator=draw)
        case _:
            nn.init.zeros_(weight)


def build(config: SignalsConfig, dtype: torch.dtype = torch.float32) -> Stack:
    draw = Generator().manual_seed(config.seed)
    inputs = torch.randn(BATCH, config.width, generator=draw, dtype=dtype)
    labels = torch.randint(config.width, (BATCH,), generator=draw)
    weights, biases = [], []
    for _ in range(config.depth):
        weight = torch.empty(config.width, config.width, dtype=dtype)
        bias = torch.empty(config.width, dtype=dtype)
        draw_weights(config.init, weight, bias, draw)
        weights.append(weight)
        biases.append(bias)
    return Stack(inputs, labels, tuple(weights), tuple(biases))


def _normed(name: str, sums: Tensor) -> Tensor:
    if name == "layer":
        return functional.layer_norm(sums, sums.shape[1:])
    return functional.batch_norm(sums, None, None, training=True) if name == "batch" else sums


def pass_through(config: SignalsConfig, stack: Stack) -> Passed:
    """Forward, the loss, and backward."""
    bend, sums, gives = FUNCTIONS[config.activation], [], []
    with torch.enable_grad():
        weights = [weight.detach().requires_grad_() for weight in stack.weights]
        signal = stack.inputs
        for weight, bias in zip(weights, stack.biases, strict=True):
            summed = _normed(config.norm, functional.linear(signal, weight, bias))
            found = bend(summed)
            # With another name for the same numbers, autograd tells the blame of each layer apart.
            signal = signal + found if config.residual else found.view_as(found)
            sums.append(summed)
            gives.append(signal)
        loss = functional.cross_entropy(signal, stack.labels)
        gradients = torch.autograd.grad(loss, [*weights, *gives])
    return Passed(
        loss.item(),
        tuple(one.detach() for one in sums),
        tuple(one.detach() for one in gives),
        gradients[config.depth :],
        gradients[: config.depth],
    )
