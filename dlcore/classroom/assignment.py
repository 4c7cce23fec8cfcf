"""An assignment is a link: which knobs stand still, which cards there are, whether answers open."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from dlcore.schema import Config
from dlcore.words import short

HIDE, CARDS, ANSWERS, SIGNED = "hide", "cards", "answers", "signed"
NAMES = (HIDE, CARDS, ANSWERS)
NAMED = 5  # unknown names that are said, each in its sentence
MOST, LETTERS = 40, 40  # names in a list of a link, and letters of one
VALUE = 600  # letters of a knob's value, as a network's blocks have
SHUT = "0"


@dataclass(frozen=True)
class Assignment:
    """`hidden`: names of knobs. `fixed`: those among them that there are, with the values they keep.

    `cards` None: all of them.
    """

    hidden: tuple[str, ...] = ()
    cards: tuple[str, ...] | None = None
    answers: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)
    whole: Config | None = None  # the set-up that the link opened with
    by: str = ""  # the signature of the teacher's link
    said: Mapping[str, str] = field(default_factory=dict)  # the values of hidden knobs, as the link has them

    def asks_like(self, other: Assignment) -> bool:
        """Does it say the same, whatever values its knobs keep?"""
        return (self.hidden, self.cards, self.answers) == (other.hidden, other.cards, other.answers)


def read(query: Mapping[str, str]) -> tuple[Assignment | None, list[str]]:
    """What a link assigns, None if nothing, and a sentence for what it says wrongly."""
    if not any(name in query for name in NAMES):
        return None, []
    answers = query.get(ANSWERS, "1")
    wrong = [] if answers in ("0", "1") else [f"Answers must be 0 or 1. Got {short(answers)} instead."]
    cards = _names(query[CARDS]) if CARDS in query else None
    return Assignment(_names(query.get(HIDE, "")), cards, answers != SHUT), wrong


def _names(text: str) -> tuple[str, ...]:
    found = (name.strip()[:LETTERS] for name in text[: MOST * LETTERS].split(",")[:MOST])
    return tuple(dict.fromkeys(name for name in found if name))


def unknown(names: Collection[str], known: Collection[str], what: str) -> list[str]:
    """A sentence for each name that this version of the lab does not know; one for many."""
    there = f"there are {', '.join(known)}" if known else "there are none"
    strange = [short(name) for name in names if name not in known]
    if len(strange) <= NAMED:
        return [
            f"{name} is not a {what} of this page: {there}. The rest of the link holds." for name in strange
        ]
    first = ", ".join(strange[:NAMED])
    return [
        f"{first} and {len(strange) - NAMED} more are no {what}s of this page: {there}. "
        "The rest of the link holds; it may be of an older lab, so ask for a new one."
    ]


def written(hidden: Collection[str], cards: Collection[str] | None, *, answers: bool) -> dict[str, str]:
    """The part of a link that assigns this. `cards` None: all of them."""
    wanted = {HIDE: ",".join(hidden)} if hidden else {}
    if cards is not None:
        wanted[CARDS] = ",".join(cards)
    return wanted if answers else wanted | {ANSWERS: SHUT}


def signature(query: Mapping[str, str], page: str, key: bytes) -> str:
    """By which a link is known as the teacher's own: nobody without `key` can write another."""
    # What others add to an address, as a view or where it was clicked, is free.
    ours = {name: value for name, value in query.items() if name in NAMES or name.startswith(f"{page}__")}
    said = urlencode(sorted(ours.items()))
    return hmac.new(key, f"{page}?{said}".encode(), hashlib.sha256).hexdigest()[:16]


def is_signed(query: Mapping[str, str], page: str, key: bytes) -> bool:
    return hmac.compare_digest(query.get(SIGNED, "").encode(), signature(query, page, key).encode())
