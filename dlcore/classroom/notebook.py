"""A learner's notebook: what they guessed, what their own runs showed, what they wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

NOTE_LETTERS = 4_000  # of a note, and of an answer
PART_LETTERS = 600  # of each part of an attempt; the longest finding there is has some 300


@dataclass(frozen=True)
class Attempt:
    """What somebody did with one card. `guess` is "" where they skipped, `found` before their own run.

    `right`: the answer that the run bore out, if any. `shown`: did the effect appear?
    """

    title: str
    question: str
    guess: str = ""
    found: str = ""
    right: str = ""
    shown: bool = True

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)

    def over(self, before: Attempt | None) -> Attempt:
        """This one in the place of another: what a run showed once is not lost by guessing again."""
        if self.found or before is None or not before.found:
            return self
        return replace(self, found=before.found, right=before.right, shown=before.shown)


def attempt_of(plain: Mapping[str, Any]) -> Attempt:
    """Raises TypeError for what is none."""
    texts = {name: plain.get(name) for name in ("title", "question", "guess", "found", "right")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("The parts of an attempt must be texts.")
    return Attempt(
        **{name: str(text)[:PART_LETTERS] for name, text in texts.items()}, shown=plain.get("shown") is True
    )


@dataclass(frozen=True)
class Notebook:
    """By the page of the lab: what was done with its cards, by their names, and a note; "" is the whole lab.

    `answers`: to exit questions, by the question.
    """

    attempts: Mapping[str, Mapping[str, Attempt]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.attempts or self.notes or self.answers)


def cut(text: str) -> str:
    """As much of a text as a note holds, without blank ends."""
    return text[:NOTE_LETTERS].strip()


def joined(typed: str, seen: str, now: str) -> str:
    """What is kept of a text typed over `seen`, where `now` is kept: what is newer there stands above it."""
    text = cut(typed)
    if now in ("", seen, text):
        return text
    return now if text in ("", seen) else f"{now}\n\n{text}"
