"""The cards of the fooling page. They read the search on the page's digit and what was measured on many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from dlcore.cards import Card, Finding
from dlcore.fooling.hardness import Hardness
from dlcore.fooling.search import MOST, Fooled
from dlcore.fooling.words import end_words
from dlcore.words import vote_percent

EARLY, LATE = 2, 20  # epochs of the shipped run


@dataclass(frozen=True)
class ShownFooling:
    """What the page knows: the search, and by epoch of the shipped run how hard it was to fool."""

    fooled: Fooled
    shipped: Mapping[int, Hardness]


def _pixels(seen: ShownFooling) -> Finding | None:
    fooled = seen.fooled
    few = "1 to 10" if fooled.pixels <= 10 else f"11 to {MOST}"
    tried_all = f"More than {MOST}" if fooled.pixels == MOST else ""
    right = few if fooled.success else tried_all
    return Finding(end_words(fooled), shown=fooled.success, right=right)


def _sure(seen: ShownFooling) -> Finding | None:
    before = seen.fooled.steps[0].probabilities[seen.fooled.read]
    enough = "enough" if seen.fooled.success else "not enough"
    return Finding(
        f"it was {vote_percent(before)} sure of its {seen.fooled.read}, and {seen.fooled.pixels} of 784 "
        f"pixels were {enough}.",
        shown=before > 0.9 and seen.fooled.success,
        right="No" if seen.fooled.success else "Yes" if seen.fooled.pixels == MOST else "",
    )


def _training(seen: ShownFooling) -> Finding | None:
    if not {EARLY, LATE} <= set(seen.shipped):
        return None
    early, late = (seen.shipped[epoch] for epoch in (EARLY, LATE))
    means = fmean(early.pixels), fmean(late.pixels)
    told = [f"{mean:.1f}" for mean in means]
    more = f"After {EARLY}" if means[0] > means[1] else f"After {LATE}"
    return Finding(
        f"after {EARLY} epochs {told[0]} pixels on average over {len(early.pixels)} test digits, "
        f"after {LATE} epochs {told[1]}.",
        shown=means[1] < means[0],
        right="The same" if told[0] == told[1] else more,
    )


CARDS: Mapping[str, Card] = {
    "pixels": Card(
        "How many pixels?",
        "A digit has 784 pixels. How many must change before it reads another one?",
        ("1 to 10", f"11 to {MOST}", f"More than {MOST}"),
        setup={"mode": "search", "step": 0},
        setup_words="the untouched digit; then change pixel after pixel",
        see=_pixels,
        why="784 small weights all pull the same way where the gradient says so. Together a few pixels "
        "outvote the stroke.",
    ),
    "sure": Card(
        "It is very sure",
        "It gives this digit nearly all of its vote. Does that protect it?",
        ("Yes", "No"),
        setup={"mode": "search", "step": 0},
        setup_words="the untouched digit: read its bar first",
        see=_sure,
        why="A share among ten digits says nothing about images off the beaten track. No training digit "
        "looked like this one.",
    ),
    "training": Card(
        "Does more training protect it?",
        "The shipped network after 2 epochs and after 20: which needs more pixels?",
        (f"After {EARLY}", f"After {LATE}", "The same"),
        setup={"epochs": (EARLY, LATE)},
        setup_words="both are measured on 50 test digits, which takes some seconds",
        see=_training,
        why="Training makes it right more often on test digits, and steeper between the classes. Nobody "
        "asked it to be smooth.",
    ),
}
