"""The stack itself, in PyTorch: one pass forward, one pass back, and what was seen at every layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional as F

from dlcore.playground.twin import FUNCTIONS
from dlcore.signals.config import SignalsConfig

Array = NDArray[Any]
EXAMPLES, CLASSES = 256, 10
LOOKED_AT = 4096  # values, for a histogram
BINS = 41  # of a histogram: odd, so that one of them is around 0
TINY = 1e-5  # under the root of a norm, as torch has it

# Each gives a (units, inputs) weight.
INITS: Mapping[str, Callable[[int, int, Generator], Tensor]] = {
    "torch": lambda units, inputs, draw: _uniform((units, inputs), 1 / sqrt(inputs), draw),
    "xavier": lambda units, inputs, draw: _uniform((units, inputs), sqrt(6 / (units + inputs)), draw),
    "he": lambda units, inputs, draw: torch.randn(units, inputs, generator=draw) * sqrt(2 / inputs),
    "tiny": lambda units, inputs, draw: torch.randn(units, inputs, generator=draw) * 0.01,
    "large": lambda units, inputs, draw: torch.randn(units, inputs, generator=draw),
    "zero": lambda units, inputs, draw: torch.zeros(units, inputs),
}


def _uniform(shape: tuple[int, ...], bound: float, draw: Generator) -> Tensor:
    return (2 * torch.rand(shape, generator=draw) - 1) * bound


@dataclass(frozen=True)
class Histogram:
    """`counts` in BINS equal bins from -reach to reach."""

    reach: float
    counts: Array


@dataclass(frozen=True)
class LayerSeen:
    """One layer. `signal` and `blame` are roots of mean squares: of what it hands on, and of the loss's
    gradient by that. `gradient` is the same of its weights' gradient, `median` the median of its size.

    `dead` is the share of units that give 0 on every example, `flat` that of all values where the slope is
    under a hundredth of the activation's steepest. `gain` is how much the blame grows on its way back
    through this layer.
    """

    signal: float
    blame: float
    gradient: float
    median: float
    dead: float
    flat: float
    gain: float
    signals: Histogram
    blames: Histogram


@dataclass(frozen=True)
class Signals:
    config: SignalsConfig
    loss: float
    layers: tuple[LayerSeen, ...]


@dataclass(frozen=True)
class Stack:
    """Weights (units, inputs) and biases of every layer, the last ones those of the output."""

    config: SignalsConfig
    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    inputs: Tensor  # (EXAMPLES, width), N(0, 1)
    targets: Tensor  # (EXAMPLES,)


def build_stack(config: SignalsConfig, dtype: torch.dtype = torch.float32) -> Stack:
    """Drawn by the config's seed; torch's own generator is left alone."""
    draw = torch.Generator().manual_seed(config.seed)
    inputs = torch.randn(EXAMPLES, config.width, generator=draw)
    targets = torch.randint(CLASSES, (EXAMPLES,), generator=draw)
    weights, biases = [], []
    for units in (*[config.width] * config.depth, CLASSES):
        weights.append(INITS[config.init](units, config.width, draw).to(dtype).requires_grad_())
        bias = torch.zeros(units)
        if config.init == "torch":
            bias = _uniform((units,), 1 / sqrt(config.width), draw)
        biases.append(bias.to(dtype))
    return Stack(config, tuple(weights), tuple(biases), inputs.to(dtype), targets)


def forward(stack: Stack) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """The loss, each layer's sums before they are bent, and the inputs with what each layer hands on."""
    config, bend = stack.config, FUNCTIONS[stack.config.activation]
    flows, sums = [stack.inputs.clone().requires_grad_()], []
    for weight, bias in zip(stack.weights[:-1], stack.biases[:-1], strict=True):
        sums.append(_normalised(F.linear(flows[-1], weight, bias), config.norm))
        given = bend(sums[-1])
        flows.append(flows[-1] + given if config.residual else given)
    logits = F.linear(flows[-1], stack.weights[-1], stack.biases[-1])
    return F.cross_entropy(logits, stack.targets), sums, flows


def _normalised(sums: Tensor, norm: str) -> Tensor:
    if norm == "layer":
        return F.layer_norm(sums, sums.shape[1:], eps=TINY)
    if norm == "batch":
        return F.batch_norm(sums, None, None, training=True, eps=TINY)
    return sums


def measure(config: SignalsConfig) -> Signals:
    """One pass forward and one back. What grows beyond all numbers is inf or nan, as torch has it."""
    stack = build_stack(config)
    loss, sums, flows = forward(stack)
    found = torch.autograd.grad(loss, [*stack.weights[:-1], *flows])
    gradients, blames = found[: config.depth], found[config.depth :]
    with torch.no_grad():
        layers = [
            _seen(config, layer_sums, flow, blame, gradient, before)
            for layer_sums, flow, blame, gradient, before in zip(
                sums, flows[1:], blames[1:], gradients, blames[:-1], strict=True
            )
        ]
    return Signals(config, float(loss.detach()), tuple(layers))


def _seen(
    config: SignalsConfig, sums: Tensor, flow: Tensor, blame: Tensor, gradient: Tensor, before: Tensor
) -> LayerSeen:
    """`before` is the blame that arrives below this layer."""
    given = FUNCTIONS[config.activation](sums)
    back = rms(blame)
    return LayerSeen(
        signal=rms(flow),
        blame=back,
        gradient=rms(gradient),
        median=float(gradient.abs().median()),
        dead=float((given == 0).all(dim=0).double().mean()) if config.activation == "relu" else 0.0,
        flat=flat_share(config, sums),
        gain=rms(before) / back if back else 0.0,
        signals=histogram(flow),
        blames=histogram(blame),
    )


def rms(values: Tensor) -> float:
    """The root of the mean square, in double: 1e-30 must not become 0."""
    return float(values.double().square().mean().sqrt())


STEEPEST: Mapping[str, float] = {"tanh": 1.0, "sigmoid": 0.25}  # of those that saturate
FLAT = 0.01  # of the steepest


def flat_share(config: SignalsConfig, sums: Tensor) -> float:
    if config.activation not in STEEPEST:
        return 0.0
    given = FUNCTIONS[config.activation](sums)
    slope = 1 - given.square() if config.activation == "tanh" else given * (1 - given)
    return float((slope < FLAT * STEEPEST[config.activation]).double().mean())


def histogram(values: Tensor) -> Histogram:
    """Over those that are finite, of every so many: the picture needs no more."""
    flat = values.detach().double().flatten().numpy()
    flat = flat[:: max(1, len(flat) // LOOKED_AT)]
    finite = flat[np.isfinite(flat)]
    reach = float(np.abs(finite).max(initial=0.0)) or 1.0
    return Histogram(reach, np.histogram(finite, BINS, (-reach, reach))[0])
