"""What the recogniser answered, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

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
