"""The eight captions of one training step, each with the numbers of this very step."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dlcore.blackpatch.walk import Arrow, ArrowNumbers, Walk
from dlcore.words import MOST_DIGITS, decimals_that_add, product_words


@dataclass(frozen=True)
class Caption:
    title: str
    text: str
    formula: str  # LaTeX, with the step's own numbers


def captions(taken: Walk, arrow: Arrow, numbers: ArrowNumbers) -> tuple[Caption, ...]:
    """From the image to the loss after the nudge, seen along one weight of the first layer."""
    unit, pixel = arrow.unit + 1, arrow.source + 1
    p, y, dz = taken.probability, taken.label, taken.blames[-1][0]
    on = sum(a > 0 for a in taken.flow[1])
    after = "fell" if taken.loss_after < taken.loss else "did not fall"
    blame, x, gradient = product_words(numbers.blame, numbers.x)
    return (
        Caption(
            "The image flows in",
            f"{len(taken.image)} grey levels: 0 is black, 1 is white. Its label is {y}: "
            f"there is {'a' if y else 'no'} patch.",
            rf"x_{{{pixel}}} = {numbers.x:.3f}",
        ),
        Caption(
            "Each unit adds up",
            f"Unit {unit} multiplies every pixel by a weight of its own, adds it all up, and adds its bias.",
            rf"z_{{{unit}}} = \sum_j w_{{{unit},j}}\,x_j + b_{{{unit}}} = {_sum(taken, numbers)}",
        ),
        Caption(
            "ReLU: below zero becomes zero",
            f"{on} of {len(taken.flow[1])} units are on. Unit {unit} is "
            f"{'on' if numbers.z > 0 else 'off, so its weights have no say'}.",
            rf"a_{{{unit}}} = \max(0, z_{{{unit}}}) = {max(0.0, numbers.z):.4f}",
        ),
        Caption(
            "One number at the end",
            "The last layer weighs the units and adds up. That is the logit; a sigmoid makes it a "
            "probability.",
            rf"z = {taken.logit:.4f},\quad p = \frac{{1}}{{1 + e^{{-z}}}} = {p:.4f}",
        ),
        Caption(
            "How wrong was that?",
            "The loss is small if the right answer got a large probability. ln 2 = 0.693 is a coin flip.",
            rf"L = -\ln {'p' if y else '(1 - p)'} = {taken.loss:.4f}",
        ),
        Caption(
            "Blame begins at the output",
            "How would the loss change if the logit were a little larger? Cross entropy and sigmoid make "
            "that simple.",
            rf"\frac{{\partial L}}{{\partial z}} = p - y = {p:.4f} - {y} = {dz:.4f}",
        ),
        Caption(
            "Blame flows back",
            f"A weight's blame is its unit's blame times what flowed through it. Unit {unit} "
            f"{'passes blame on, because it was on' if numbers.z > 0 else 'was off: it gets none'}.",
            rf"\frac{{\partial L}}{{\partial w_{{{unit},{pixel}}}}} = {blame} \cdot {x} = {gradient}",
        ),
        Caption(
            "The nudge",
            f"Every weight moves against its gradient. On this image the loss {after}: "
            f"{taken.loss:.4f} → {taken.loss_after:.4f}.",
            rf"w \leftarrow w - \eta\,g = {_nudge(taken.lr, numbers)}",
        ),
    )


def _sum(taken: Walk, numbers: ArrowNumbers) -> str:
    """z as the sum of its products and its bias."""
    products = numbers.z - numbers.bias
    decimals = decimals_that_add((products, numbers.bias), numbers.z)
    bias = f"{numbers.bias:.{decimals}f}"
    return (
        rf"\underbrace{{{products:.{decimals}f}}}_{{{len(taken.image)}\text{{ products}}}} + "
        rf"{bias if numbers.bias >= 0 else f'({bias})'} = {numbers.z:.{decimals}f}"
    )


def _nudge(lr: float, numbers: ArrowNumbers) -> str:
    """With so many decimals that the weight is seen to move, and that what stands there is right."""
    for decimals in range(5, MOST_DIGITS):
        words = [f"{n:.{decimals}f}" for n in (numbers.weight, numbers.gradient, numbers.weight_after)]
        weight, gradient, after = map(Decimal, words)
        right = round(weight - Decimal(f"{lr:g}") * gradient, decimals) == after
        if right and (after != weight or numbers.gradient == 0):
            break
    return rf"{words[0]} - {lr:g} \cdot ({words[1]}) = {words[2]}"
