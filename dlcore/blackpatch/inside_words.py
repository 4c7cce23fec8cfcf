"""The eight captions of one training step, each with the numbers of this very step."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.blackpatch.walk import Arrow, ArrowNumbers, Walk


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
            rf"z_{{{unit}}} = \sum_j w_{{{unit},j}}\,x_j + b_{{{unit}}} = {numbers.z:.4f}",
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
            rf"\frac{{\partial L}}{{\partial w_{{{unit},{pixel}}}}} = {numbers.blame:.5f} \cdot "
            rf"{numbers.x:.3f} = {numbers.gradient:.5f}",
        ),
        Caption(
            "The nudge",
            f"Every weight moves against its gradient. On this image the loss {after}: "
            f"{taken.loss:.4f} → {taken.loss_after:.4f}.",
            rf"w \leftarrow w - \eta\,g = {numbers.weight:.5f} - {taken.lr:g} \cdot ({numbers.gradient:.5f})"
            rf" = {numbers.weight_after:.5f}",
        ),
    )
