"""What was measured of the preset with ten digits, on three seeds: how much is luck."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dlcore.words import percent

FILE = Path(__file__).parent / "assets" / "measured.json"


@dataclass(frozen=True)
class Measured:
    """`asked_read` and `frechet` of 2,000 drawings at the end of the preset, by seed. `real`: the distance of
    as many training digits from the same held-out digits.
    """

    seeds: tuple[int, ...]
    asked_read: tuple[float, ...]
    frechet: tuple[float, ...]
    real: float


@cache
def measured() -> Measured:
    about = json.loads(FILE.read_text())
    seeds, read, distances = (tuple(about[name]) for name in ("seeds", "asked_read", "frechet"))
    return Measured(seeds, read, distances, about["real"])


def spread_words() -> str:
    """How far three seeds of one preset lie apart, and what real digits would get."""
    found = measured()
    low, high = min(found.frechet), max(found.frechet)
    worst, best = min(found.asked_read), max(found.asked_read)
    return (
        f"Three seeds of the preset Ten digits ended at distances of {low:.0f} to {high:.0f}, with "
        f"{percent(worst)} to {percent(best)} read as asked. 2,000 real training digits lie at "
        f"{found.real:.0f}."
    )
