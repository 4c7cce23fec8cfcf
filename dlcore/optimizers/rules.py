"""Six update rules in plain Python, for one parameter: they find a racer's best lr and show its arithmetic.

The race itself is run by torch.optim. Both agree to rounding, and a test says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

RacerName = Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
Memory = tuple[float, float]  # what a rule remembers of earlier steps; (0, 0) at first
Rule = Callable[[float, float, Memory, float, float, int], tuple[float, Memory]]

ALPHA = 0.99  # RMSprop's
BETA1, BETA2 = 0.9, 0.999  # Adam's
EPS = 1e-8
WEIGHT_DECAY = 0.01  # AdamW's


def sgd(p: float, g: float, memory: Memory, lr: float, beta: float, step: int) -> tuple[float, Memory]:
    return p - lr * g, memory


def momentum(p: float, g: float, memory: Memory, lr: float, beta: float, step: int) -> tuple[float, Memory]:
    v = beta * memory[0] + g
    return p - lr * v, (v, 0.0)


def nesterov(p: float, g: float, memory: Memory, lr: float, beta: float, step: int) -> tuple[float, Memory]:
    v = beta * memory[0] + g
    return p - lr * (g + beta * v), (v, 0.0)


def rmsprop(p: float, g: float, memory: Memory, lr: float, beta: float, step: int) -> tuple[float, Memory]:
    s = ALPHA * memory[0] + (1 - ALPHA) * g * g
    return p - lr * g / (math.sqrt(s) + EPS), (s, 0.0)


def adam(p: float, g: float, memory: Memory, lr: float, beta: float, step: int) -> tuple[float, Memory]:
    m = BETA1 * memory[0] + (1 - BETA1) * g
    s = BETA2 * memory[1] + (1 - BETA2) * g * g
    m_hat, s_hat = m / (1 - BETA1**step), s / (1 - BETA2**step)
    return p - lr * m_hat / (math.sqrt(s_hat) + EPS), (m, s)


def adamw(p: float, g: float, memory: Memory, lr: float, beta: float, step: int) -> tuple[float, Memory]:
    return adam(p * (1 - lr * WEIGHT_DECAY), g, memory, lr, beta, step)


RULES: Mapping[RacerName, Rule] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}
TITLES: Mapping[RacerName, str] = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}


@dataclass(frozen=True)
class Nudge:
    """One parameter in one step (the first is 1)."""

    step: int
    before: float
    gradient: float
    remembered: Memory
    memory: Memory
    after: float


def nudge(
    racer: RacerName, before: float, gradient: float, remembered: Memory, lr: float, beta: float, step: int
) -> Nudge:
    after, memory = RULES[racer](before, gradient, remembered, lr, beta, step)
    return Nudge(step, before, gradient, remembered, memory, after)


def lr_limit(racer: RacerName, curvature: float, beta: float) -> float | None:
    """Above this learning rate a bowl of that curvature throws the racer out. The adaptive rules have none.

    The new distance from the bottom is a fixed multiple of the last two; its roots leave the unit circle
    at 2/λ for SGD, 2(1 + β)/λ with momentum, 2(1 + β)/(λ(1 + 2β)) with Nesterov's.
    """
    if curvature <= 0:
        return None
    match racer:
        case "sgd":
            return 2 / curvature
        case "momentum":
            return 2 * (1 + beta) / curvature
        case "nesterov":
            return 2 * (1 + beta) / (curvature * (1 + 2 * beta))
        case _:
            return None


LIMITS: Mapping[RacerName, str] = {"sgd": "2/λ", "momentum": "2(1 + β)/λ", "nesterov": "2(1 + β)/(λ(1 + 2β))"}
