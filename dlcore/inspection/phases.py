"""One training step over time, in the words of the lesson: load, forward, backward, update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dlcore.words import percent

Part = Literal["load", "forward", "backward", "update"]
TITLES: Mapping[Part, str] = {
    "load": "Load",
    "forward": "Forward",
    "backward": "Backward",
    "update": "Update",
}
DOES: Mapping[Part, str] = {
    "load": "fetches the images",
    "forward": "predicts, and measures the loss",
    "backward": "finds what each weight has to do with the loss",
    "update": "nudges every weight",
}


@dataclass(frozen=True)
class Phase:
    """A stretch of one step, in milliseconds from its beginning."""

    part: Part
    begin: float
    end: float


def shares_of_step(phases: Sequence[Phase]) -> dict[Part, float]:
    """The share of the step that each part takes, in the order in which they begin first."""
    whole = sum(phase.end - phase.begin for phase in phases) or 1.0
    shares: dict[Part, float] = {}
    for phase in phases:
        shares[phase.part] = shares.get(phase.part, 0.0) + (phase.end - phase.begin) / whole
    return shares


def step_finding(phases: Sequence[Phase]) -> str:
    """Which part takes most (Markdown)."""
    shares = shares_of_step(phases)
    part = max(shares, key=shares.__getitem__)
    return f"**{TITLES[part]}** takes **{percent(shares[part])}** of one step: it {DOES[part]}."


def parts_words() -> str:
    """What the four parts are (Markdown)."""
    return " ".join(f"**{TITLES[part]}** {does}." for part, does in DOES.items())
