"""*Try this*: a prediction to make, a setting to try, and what the learner's own result then shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What one result shows. `shown` is false where the effect did not appear: the card says so."""

    text: str
    shown: bool


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
