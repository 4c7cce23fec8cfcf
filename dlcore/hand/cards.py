"""The cards of the page of the hand. They read the visitor's own result."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.cards import Card, Finding
from dlcore.hand.outcome import HandResult


def _alone(seen: HandResult) -> Finding | None:
    if seen.rehearsal:
        return None
    test = seen.test
    return Finding(
        f"it reads {test.after:,} of {test.total:,} test digits right, and read {test.before:,} before. "
        f"It forgot {test.forgot:,} and learned {test.learned:,}.",
        shown=test.forgot > test.learned and not test.within_chance,
    )


def _aside(seen: HandResult) -> Finding | None:
    if not seen.set_aside.total or not seen.rehearsal:
        return None
    aside, mine = seen.set_aside, seen.learned_from
    return Finding(
        f"of the drawings it learned from, {mine.after} of {mine.total} are right, before {mine.before}; of "
        f"those it never saw, {aside.after} of {aside.total}, before {aside.before}.",
        shown=aside.learned > aside.forgot,
    )


CARDS: Mapping[str, Card] = {
    "alone": Card(
        "Your drawings alone",
        "It learns from your drawings and sees no old digit again. What becomes of the test digits?",
        ("It reads more of them", "As many", "Fewer"),
        setup={"rehearse": False},
        setup_words="old digits mixed in: off",
        see=_alone,
        why="Every weight serves all digits. An update that helps your drawings moves what others need, and "
        "nothing pulls it back.",
    ),
    "aside": Card(
        "Drawings it never saw",
        "Every fifth drawing is set aside. Does it come to read those better too?",
        ("Yes", "No: it knows yours by heart"),
        setup={"rehearse": True},
        setup_words="old digits mixed in: on",
        see=_aside,
        why="What it learned is not your drawings but how you write: the same slant and hooks are in those "
        "it never saw.",
    ),
}
