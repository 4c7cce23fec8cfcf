"""What the recogniser answered, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from dlcore.vision.recogniser import Guess
from dlcore.words import vote_percent


def answer_words(guesses: Sequence[Guess], expected: Sequence[str] | None) -> str:
    """`expected`: the right classes; empty if ImageNet's list has none; None if nobody knows."""
    first = guesses[0]
    said = f"It says **{first.name}**, {vote_percent(first.share)}."
    if expected is None:
        return said
    if not expected:
        return f"{said} Its list of a thousand has no class for this: it must name another one."
    if first.name in expected:
        return f"{said} That is right."
    if any(guess.name in expected for guess in guesses):
        return f"{said} The right one stands further down."
    return f"{said} Right would have been {' or '.join(expected)}."


def place_words(guess: Guess, says: Tensor, bias: float) -> str:
    """What the (7, 7) places say for a class, and that with the bias it is the logit."""
    total = float(says.sum())
    return (
        f"The last maps have 7×7 places. What they say for **{guess.name}** adds up to {total:.2f}; with the "
        f"bias, {bias:.2f}, that is the logit, {total + bias:.2f} (each rounded). The brightest place alone "
        f"says {float(says.max()):.2f}; black ones say nothing for it, or speak against it."
    )
