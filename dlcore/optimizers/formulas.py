"""One step of one racer as formulas: the rule, and the rule with this step's numbers in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dlcore.optimizers.rules import ALPHA, BETA1, BETA2, WEIGHT_DECAY, Nudge, RacerName
from dlcore.words import tex


@dataclass(frozen=True)
class Formula:
    """LaTeX: what is computed, and the same with numbers."""

    rule: str
    numbers: str


def _signed(value: float) -> str:
    """As a later factor or summand needs it."""
    return f"({tex(value)})" if value < 0 else tex(value)


def _sgd(n: Nudge, lr: float, beta: float, p: str) -> list[Formula]:
    return [
        Formula(
            rf"{p} \leftarrow {p} - \eta\,g",
            rf"{tex(n.before)} - {tex(lr)}\cdot {_signed(n.gradient)} = {tex(n.after)}",
        )
    ]


def _speed(n: Nudge, beta: float) -> Formula:
    return Formula(
        r"v \leftarrow \beta v + g",
        rf"{tex(beta)}\cdot {_signed(n.remembered[0])} + {_signed(n.gradient)} = {tex(n.memory[0])}",
    )


def _momentum(n: Nudge, lr: float, beta: float, p: str) -> list[Formula]:
    moved = rf"{tex(n.before)} - {tex(lr)}\cdot {_signed(n.memory[0])} = {tex(n.after)}"
    return [_speed(n, beta), Formula(rf"{p} \leftarrow {p} - \eta\,v", moved)]


def _nesterov(n: Nudge, lr: float, beta: float, p: str) -> list[Formula]:
    ahead = rf"({tex(n.gradient)} + {tex(beta)}\cdot {_signed(n.memory[0])})"
    moved = rf"{tex(n.before)} - {tex(lr)}\cdot {ahead} = {tex(n.after)}"
    return [_speed(n, beta), Formula(rf"{p} \leftarrow {p} - \eta\,(g + \beta v)", moved)]


def _rmsprop(n: Nudge, lr: float, beta: float, p: str) -> list[Formula]:
    s = n.memory[0]
    return [
        Formula(
            rf"s \leftarrow {ALPHA}\,s + {1 - ALPHA:.2g}\,g^2",
            rf"{ALPHA}\cdot {tex(n.remembered[0])} + {1 - ALPHA:.2g}\cdot {_signed(n.gradient)}^2"
            rf" = {tex(s)}",
        ),
        Formula(
            rf"{p} \leftarrow {p} - \eta\,\frac{{g}}{{\sqrt s}}",
            rf"{tex(n.before)} - {tex(lr)}\cdot \frac{{{tex(n.gradient)}}}{{{tex(math.sqrt(s))}}}"
            rf" = {tex(n.after)}",
        ),
    ]


def _adam(n: Nudge, lr: float, beta: float, p: str) -> list[Formula]:
    return _adam_from(n, lr, p, n.before)


def _adamw(n: Nudge, lr: float, beta: float, p: str) -> list[Formula]:
    smaller = n.before * (1 - lr * WEIGHT_DECAY)
    decay = Formula(
        rf"{p} \leftarrow {p} - \eta\cdot {WEIGHT_DECAY}\,{p}",
        rf"{tex(n.before)} - {tex(lr)}\cdot {WEIGHT_DECAY}\cdot {_signed(n.before)}"
        rf" = {tex(smaller)}",
    )
    return [decay, *_adam_from(n, lr, p, smaller)]


def _adam_from(n: Nudge, lr: float, p: str, before: float) -> list[Formula]:
    (m, s), (old_m, old_s) = n.memory, n.remembered
    m_hat, s_hat = m / (1 - BETA1**n.step), s / (1 - BETA2**n.step)
    g = _signed(n.gradient)
    return [
        Formula(
            rf"m \leftarrow {BETA1}\,m + {1 - BETA1:.2g}\,g",
            rf"{BETA1}\cdot {_signed(old_m)} + {1 - BETA1:.2g}\cdot {g} = {tex(m)}",
        ),
        Formula(
            rf"s \leftarrow {BETA2}\,s + {1 - BETA2:.2g}\,g^2",
            rf"{BETA2}\cdot {tex(old_s)} + {1 - BETA2:.2g}\cdot {g}^2 = {tex(s)}",
        ),
        Formula(
            rf"\hat m = \frac{{m}}{{1 - {BETA1}^t}},\quad \hat s = \frac{{s}}{{1 - {BETA2}^t}}",
            rf"\hat m = {tex(m_hat)},\quad \hat s = {tex(s_hat)}\quad (t = {n.step})",
        ),
        Formula(
            rf"{p} \leftarrow {p} - \eta\,\frac{{\hat m}}{{\sqrt{{\hat s}}}}",
            rf"{tex(before)} - {tex(lr)}\cdot \frac{{{tex(m_hat)}}}{{{tex(math.sqrt(s_hat))}}}"
            rf" = {tex(n.after)}",
        ),
    ]


LINES: Mapping[RacerName, Callable[[Nudge, float, float, str], list[Formula]]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adamw,
}


def lines(racer: RacerName, nudge: Nudge, lr: float, beta: float, parameter: str) -> list[Formula]:
    """What a racer computes for one parameter ("x" or "y") in one step. ε = 1e-8 is left out."""
    return LINES[racer](nudge, lr, beta, parameter)
