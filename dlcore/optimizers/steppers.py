"""torch.optim's update functions on one tensor: what its classes call in step().

The classes themselves import torch's compiler when the first one is made, which takes a page seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from dlcore.optimizers.rules import ALPHA, BETA1, BETA2, EPS, WEIGHT_DECAY, RacerName

Step = Callable[[], object]
Stepper = Callable[[torch.Tensor, torch.Tensor, float, float], Step]


def _sgd(parameter: torch.Tensor, gradient: torch.Tensor, lr: float, beta: float, nesterov: bool) -> Step:
    buffers: list[torch.Tensor | None] = [None]
    return lambda: sgd(
        [parameter],
        [gradient],
        buffers,
        foreach=False,
        fused=False,
        weight_decay=0.0,
        momentum=beta,
        lr=lr,
        dampening=0.0,
        nesterov=nesterov,
        maximize=False,
    )


def _rmsprop(parameter: torch.Tensor, gradient: torch.Tensor, lr: float) -> Step:
    squares, steps = torch.zeros_like(parameter), torch.zeros(())
    return lambda: rmsprop(
        [parameter],
        [gradient],
        [squares],
        [],
        [],
        [steps],
        foreach=False,
        lr=lr,
        alpha=ALPHA,
        eps=EPS,
        weight_decay=0.0,
        momentum=0.0,
        centered=False,
    )


def _adam(parameter: torch.Tensor, gradient: torch.Tensor, lr: float, decay: float) -> Step:
    means, squares, steps = torch.zeros_like(parameter), torch.zeros_like(parameter), torch.zeros(())
    return lambda: adam(
        [parameter],
        [gradient],
        [means],
        [squares],
        [],
        [steps],
        foreach=False,
        amsgrad=False,
        beta1=BETA1,
        beta2=BETA2,
        lr=lr,
        weight_decay=decay,
        eps=EPS,
        maximize=False,
        decoupled_weight_decay=decay > 0,
    )


# A parameter, its gradient (both changed in place), lr and momentum -> a function that makes one step.
STEPPERS: Mapping[RacerName, Stepper] = {
    "sgd": lambda p, g, lr, beta: _sgd(p, g, lr, 0.0, nesterov=False),
    "momentum": lambda p, g, lr, beta: _sgd(p, g, lr, beta, nesterov=False),
    "nesterov": lambda p, g, lr, beta: _sgd(p, g, lr, beta, nesterov=beta > 0),
    "rmsprop": lambda p, g, lr, beta: _rmsprop(p, g, lr),
    "adam": lambda p, g, lr, beta: _adam(p, g, lr, 0.0),
    "adamw": lambda p, g, lr, beta: _adam(p, g, lr, WEIGHT_DECAY),
}
