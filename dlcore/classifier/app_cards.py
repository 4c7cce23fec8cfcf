"""The cards of the page of a classifier at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding, nearest
from dlcore.words import vote_percent


@dataclass(frozen=True)
class ShownApp:
    """A picture's name and the share that each class has of the answer."""

    classes: tuple[str, ...]
    picture: str
    shares: Mapping[str, float]


def _stranger(seen: ShownApp) -> Finding | None:
    if seen.picture != "giraffe" or "giraffe" in seen.classes:
        return None
    best = max(seen.shares, key=seen.shares.__getitem__)
    answers = {"Hardly: a third for each": 1 / len(seen.classes), "Half sure": 0.6, "Over 80 % sure": 0.95}
    return Finding(
        f"it calls the giraffe one of the {best}, {vote_percent(seen.shares[best])} sure.",
        shown=seen.shares[best] > 1.5 / len(seen.classes),
        right=nearest(seen.shares[best], answers),
    )


CARDS: Mapping[str, Card] = {
    "stranger": Card(
        "Something it never learned",
        "It never learned what a giraffe is. How sure is it of one?",
        ("Hardly: a third for each", "Half sure", "Over 80 % sure"),
        setup={"photo": "giraffe"},
        setup_words="the giraffe",
        see=_stranger,
        why="The shares add up to 1 whatever comes: softmax compares its classes with each other, never with "
        "all else.",
    ),
}
