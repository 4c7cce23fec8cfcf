"""One nudge of all weights by their gradient, as torch.optim makes it. Everything happens in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
KEPT = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2}  # rows as long as the weights
MOMENTUM, ALPHA, BETA1, BETA2, TINY = 0.9, 0.99, 0.9, 0.999, 1e-8  # torch's defaults

# A nudge takes the weights, their gradient, what is kept (rows, num_params), the learning rate, and the
# number of the step, from 1.
Nudge = Callable[[Array, Array, Array, float, int], None]


def _sgd(weights: Array, gradient: Array, kept: Array, lr: float, step: int) -> None:
    gradient *= lr
    weights -= gradient


def _momentum(weights: Array, gradient: Array, kept: Array, lr: float, step: int) -> None:
    speed = kept[0]
    speed *= MOMENTUM
    speed += gradient
    weights -= lr * speed


def _rmsprop(weights: Array, gradient: Array, kept: Array, lr: float, step: int) -> None:
    square = kept[0]
    square *= ALPHA
    square += (1 - ALPHA) * gradient * gradient
    weights -= lr * gradient / (np.sqrt(square) + TINY)


def _adam(weights: Array, gradient: Array, kept: Array, lr: float, step: int) -> None:
    """Kingma and Ba 2015, algorithm 1."""
    mean, square = kept
    mean *= BETA1
    mean += (1 - BETA1) * gradient
    square *= BETA2
    square += (1 - BETA2) * gradient * gradient
    scale = np.sqrt(square / (1 - BETA2**step)) + TINY
    weights -= lr / (1 - BETA1**step) * mean / scale


NUDGES: Mapping[str, Nudge] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "rmsprop": _rmsprop,
    "adam": _adam,
}


def shrink(weights: Array, penalised: Array, penalty: str, size: float) -> None:
    """What a price on weights takes from them after a nudge; `penalised` is 1 for a weight, 0 for a bias.

    L2 takes a share. L1 takes `size` from each and stops at 0: a weight that it brings there stays until
    its gradient pulls harder.
    """
    if penalty == "l2":
        weights -= size * weights * penalised
    elif penalty == "l1":
        lowered = np.sign(weights) * np.maximum(np.abs(weights) - size, 0)
        np.copyto(weights, lowered, where=penalised.astype(bool))
