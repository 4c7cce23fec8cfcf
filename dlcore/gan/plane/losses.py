"""The losses of the game on logits in NumPy, with their gradients; what they mean: dlcore/gan/losses.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.gan.losses import LossName

Array = NDArray[Any]


@dataclass(frozen=True)
class Loss:
    """`detective(real, fake, smoothing)` gives the mean loss, and its gradients by both logits (B, 1).
    `forger(fake)` gives the mean loss and its gradient. `score`: how real it holds a logit, 0 to 1.
    """

    detective: Callable[[Array, Array, float], tuple[float, Array, Array]]
    forger: Callable[[Array], tuple[float, Array]]
    score: Callable[[Array], Array]


def sigmoid(x: Array) -> Array:
    found: Array = 0.5 * (np.tanh(0.5 * x) + 1)
    return found


def _mean(x: Array) -> float:
    return float(x.mean())


def _entropy(real: Array, fake: Array, smoothing: float) -> tuple[float, Array, Array]:
    lost = (
        (1 - smoothing) * np.logaddexp(0, -real) + smoothing * np.logaddexp(0, real) + np.logaddexp(0, fake)
    )
    count = len(real)
    return _mean(lost), (sigmoid(real) - (1 - smoothing)) / count, sigmoid(fake) / count


def _squares(real: Array, fake: Array, smoothing: float) -> tuple[float, Array, Array]:
    off, count = real - (1 - smoothing), len(real)
    return _mean(0.5 * (off**2 + fake**2)), off / count, fake / count


def _hinge(real: Array, fake: Array, smoothing: float) -> tuple[float, Array, Array]:
    short, long, count = (1 - smoothing) - real, 1 + fake, len(real)
    lost = np.maximum(short, 0) + np.maximum(long, 0)
    return _mean(lost), -(short > 0).astype(real.dtype) / count, (long > 0).astype(real.dtype) / count


def _non_saturating(fake: Array) -> tuple[float, Array]:
    return _mean(np.logaddexp(0, -fake)), (sigmoid(fake) - 1) / len(fake)


def _saturating(fake: Array) -> tuple[float, Array]:
    return _mean(-np.logaddexp(0, fake)), -sigmoid(fake) / len(fake)


LOSSES: Mapping[LossName, Loss] = {
    "non_saturating": Loss(_entropy, _non_saturating, sigmoid),
    "saturating": Loss(_entropy, _saturating, sigmoid),
    "least_squares": Loss(
        _squares,
        lambda fake: (_mean(0.5 * (fake - 1) ** 2), (fake - 1) / len(fake)),
        lambda x: np.clip(x, 0, 1),
    ),
    "hinge": Loss(
        _hinge,
        lambda fake: (_mean(-fake), np.full_like(fake, -1 / len(fake))),
        lambda x: np.clip((x + 1) / 2, 0, 1),
    ),
}
