"""What the detective and the forger each lower, by name. Every loss reads the detective's logits.

Non-saturating and saturating: Goodfellow et al. 2014, "Generative adversarial nets", equation 1, section 3.
Least squares: Mao et al. 2017, "Least squares generative adversarial networks", equation 9. Hinge: Lim and Ye
2017, "Geometric GAN"; Miyato et al. 2018, "Spectral normalization", equations 16 and 17.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor

from dlcore.schema import knob

LossName = Literal["non_saturating", "saturating", "least_squares", "hinge"]


@dataclass(frozen=True)
class Loss:
    """`detective(real, fake, smoothing)` and `forger(fake)` give the mean over logits (B,).

    `smoothing`: how far below 1 the wanted answer to a real digit lies. `score` makes of logits how real it
    holds each, 0 to 1. Where it cannot tell, it gives real and fake the same best answer: `undecided` is the
    score of that, `balance` its loss then, both by the smoothing.
    """

    detective: Callable[[Tensor, Tensor, float], Tensor]
    forger: Callable[[Tensor], Tensor]
    score: Callable[[Tensor], Tensor]
    undecided: Callable[[float], float]
    balance: Callable[[float], float]


def _half(smoothing: float) -> float:
    return (1 - smoothing) / 2  # real digits are wanted at 1 - s, as many fakes at 0


def _entropy_at_half(smoothing: float) -> float:
    score = _half(smoothing)
    return -(1 - smoothing) * math.log(score) - (1 + smoothing) * math.log(1 - score)


def _entropy(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    # -(1 - s) ln D(x) - s ln(1 - D(x)) - ln(1 - D(G(z))), for D = sigmoid(logit)
    wanted = (1 - smoothing) * F.softplus(-real) + smoothing * F.softplus(real)
    return (wanted + F.softplus(fake)).mean()


def _squares(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return 0.5 * ((real - (1 - smoothing)) ** 2 + fake**2).mean()


def _hinge(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return (F.relu((1 - smoothing) - real) + F.relu(1 + fake)).mean()


def _non_saturating(fake: Tensor) -> Tensor:
    return F.softplus(-fake).mean()  # -ln D(G(z))


def _saturating(fake: Tensor) -> Tensor:
    return -F.softplus(fake).mean()  # ln(1 - D(G(z)))


def _above_zero(logits: Tensor) -> Tensor:
    return ((logits + 1) / 2).clamp(0, 1)


LOSSES: Mapping[LossName, Loss] = {
    "non_saturating": Loss(_entropy, _non_saturating, Tensor.sigmoid, _half, _entropy_at_half),
    "saturating": Loss(_entropy, _saturating, Tensor.sigmoid, _half, _entropy_at_half),
    "least_squares": Loss(
        _squares,
        lambda fake: 0.5 * ((fake - 1) ** 2).mean(),
        lambda x: x.clamp(0, 1),
        _half,
        lambda smoothing: (1 - smoothing) ** 2 / 4,
    ),
    "hinge": Loss(
        _hinge, lambda fake: -fake.mean(), _above_zero, lambda _: 0.5, lambda smoothing: 2 - smoothing
    ),
}


def loss_knob() -> Any:
    """The same choice on digits and in the plane."""
    return knob(
        "non_saturating",
        options={
            "non_saturating": "Non-saturating",
            "saturating": "Saturating",
            "least_squares": "Least squares",
            "hinge": "Hinge",
        },
        title="Loss",
        help="What the two lower. Under the saturating one a sure detective leaves the forger no gradient.",
    )
