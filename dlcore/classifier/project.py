"""What is kept of a project: its pictures, four lines written first, rounds, and decisions about labels.

Objective, levers, data, model, in this order, after Howard and Gugger, "Deep Learning for Coders" (2020),
chapter 2: the "drivetrain approach".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal

LINE_LETTERS = 200
TINY = 64  # pixels: a shorter side below this shows little


@dataclass(frozen=True)
class Picture:
    """`digest` is of its pixels: the same picture under another name has the same."""

    name: str
    label: str
    digest: str
    webp: bytes
    size: tuple[int, int]  # as it came, upright
    turned: bool = False  # its camera was held another way: it was put upright

    @property
    def tiny(self) -> bool:
        return min(self.size) < TINY


@dataclass(frozen=True)
class Plan:
    """Four lines, each of at most LINE_LETTERS letters."""

    objective: str = ""
    levers: str = ""
    data: str = ""
    model: str = ""

    def as_plain(self) -> dict[str, str]:
        return asdict(self)


def plan_of(plain: Mapping[str, object]) -> Plan:
    """From whatever was stored: what is no text is empty, what is too long is cut."""
    texts = {field.name: plain.get(field.name) for field in fields(Plan)}
    return Plan(**{name: text[:LINE_LETTERS] for name, text in texts.items() if isinstance(text, str)})


EXAMPLE = Plan(
    objective="Sort the photographs of a small museum: fishes, monuments or tools.",
    levers="A wrong label costs a minute of somebody's time: the doubtful ones are shown to a person.",
    data="93 photographs in the public domain, 27 to 38 of each class, from an encyclopedia.",
    model="A borrowed network finds 1,280 features; only one layer learns.",
)
# What to write, in words of the book's question.
ASKED = {
    "objective": "What is it for? Who acts on its answer?",
    "levers": "What can you change once you have the answer?",
    "data": "Which pictures, from whom? Which will it meet later?",
    "model": "What turns those into that?",
}


@dataclass(frozen=True)
class Iteration:
    """One round from end to end. `at`: seconds since 1970; `words`: what was changed since the one before."""

    at: float
    words: str
    right: int
    total: int


Action = Literal["keep", "relabel", "delete"]


@dataclass(frozen=True)
class Decision:
    """What somebody has decided of a picture: by the digest of its pixels, it holds whatever else is trained.

    `label` is the class it belongs to, if it is to be relabelled; else ""."""

    action: Action
    label: str = ""

    @property
    def words(self) -> str:
        return {"keep": "kept", "relabel": f"it is {self.label}", "delete": "deleted"}[self.action]


Decisions = Mapping[str, Decision]  # by digest
