"""What the detective and the forger each lower, by name. Every loss reads the detective's logits.

Non-saturating and saturating: Goodfellow et al. 2014, "Generative adversarial nets", equation 1, section 3.
Least squares: Mao et al. 2017, "Least squares generative adversarial networks", equation 9. Hinge: Lim and Ye
2017, "Geometric GAN"; Miyato et al. 2018, "Spectral normalization", equations 16 and 17.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

LossName = Literal["non_saturating", "saturating", "least_squares", "hinge"]
BALANCE = 2 * math.log(2)  # the detective's loss when it cannot tell: 1.386, half of it for each kind


@dataclass(frozen=True)
class Loss:
    """`detective(real, fake, smoothing)` and `forger(fake)` give the mean over logits (B,).

    `smoothing`: how far below 1 the wanted answer to a real digit lies. `balance` is the detective's loss
    where it gives real and fake the same best answer. `score` makes of logits how real it holds each, 0 to 1.
    """

    detective: Callable[[Tensor, Tensor, float], Tensor]
    forger: Callable[[Tensor], Tensor]
    balance: float
    score: Callable[[Tensor], Tensor]


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
    "non_saturating": Loss(_entropy, _non_saturating, BALANCE, Tensor.sigmoid),
    "saturating": Loss(_entropy, _saturating, BALANCE, Tensor.sigmoid),
    "least_squares": Loss(
        _squares, lambda fake: 0.5 * ((fake - 1) ** 2).mean(), 0.25, lambda x: x.clamp(0, 1)
    ),
    "hinge": Loss(_hinge, lambda fake: -fake.mean(), 2.0, _above_zero),
}
