"""*Try this*: a prediction to make, a setting to try, and what the learner's own result then shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What one result shows. `shown` is false where the effect did not appear: the card says so.

    `right` is the answer of the card's that this result bears out; "" where it bears out none of them.
    """

    text: str
    shown: bool
    right: str = ""


@dataclass(frozen=True)
class Card:
    """In the order in which it is read on the page.

    `setup` names the controls it sets and their values. `see` reads a result; None: not this set-up's.
    """

    title: str
    question: str
    answers: tuple[str, ...]
    setup: Mapping[str, Any]
    setup_words: str
    see: Callable[[Any], Finding | None]
    why: str  # 30 words at most

    def found(self, result: Any) -> Finding | None:
        """What `see` reads. Raises ValueError if it bears out what nobody could have answered."""
        finding = self.see(result)
        if finding is not None and finding.right not in ("", *self.answers):
            raise ValueError(f'"{finding.right}" is none of the answers of "{self.title}".')
        return finding


def guess_words(guess: str, right: str, *, mark: str = "**") -> str:
    """A guess and what it was, in a sentence; "" where there is nothing to say. `guess` "": skipped.

    `mark` stands around both answers: Markdown's by itself.
    """
    if not guess:
        return f"It was {mark}{right}{mark}." if right else ""
    if not right:
        return f"You said {mark}{guess}{mark}."
    if guess == right:
        return f"You said {mark}{guess}{mark}, and so it was."
    return f"You said {mark}{guess}{mark}: it was {mark}{right}{mark}."


def nearest(value: float, answers: Mapping[str, float]) -> str:
    """The answer whose number is nearest."""
    return min(answers, key=lambda answer: abs(answers[answer] - value))
