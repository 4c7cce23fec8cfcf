"""What a step of the search shows, in sentences."""

from __future__ import annotations

from dlcore.fooling.hardness import Hardness
from dlcore.fooling.search import MOST, Fooled
from dlcore.words import vote_percent


def pixels_words(count: int) -> str:
    return "1 pixel" if count == 1 else f"{count} pixels"


def step_words(fooled: Fooled, step: int) -> str:
    """What the network reads after that step."""
    now = fooled.steps[step]
    reads = max(range(10), key=now.probabilities.__getitem__)
    share = vote_percent(now.probabilities[reads])
    if not now.changes:
        return f"Untouched: it reads a {reads} with {share}."
    told = f"{pixels_words(len(now.changes))} changed: "
    if len(now.changes) < len(fooled.steps[step - 1].changes):
        told = f"{pixels_words(len(now.changes))} are enough, the rest is taken back: "
    if reads == fooled.wanted:
        return f"{told}it reads a {reads} with {share}. Untouched, it read a {fooled.read}."
    wanted = vote_percent(now.probabilities[fooled.wanted])
    return f"{told}still a {reads} with {share}; the {fooled.wanted} has {wanted}."


def hand_words(fooled: Fooled, painted: int, reads: int) -> str:
    """What painted pixels have come to. How many the search needed is said once a hand has fooled it too."""
    if reads == fooled.read:
        yours = f" Yours: {pixels_words(painted)}." if painted else ""
        return f"Still a {reads}.{yours}"
    needed = f"The search needed {pixels_words(fooled.pixels)}." if fooled.success else end_words(fooled)
    return f"You fooled it with {pixels_words(painted)}: it reads a {reads}. {needed}"


def end_words(fooled: Fooled) -> str:
    """What the search has found, or not."""
    if fooled.success:
        return f"{pixels_words(fooled.pixels)} of 784 make a {fooled.wanted} of this {fooled.read}."
    do = "does" if fooled.pixels == 1 else "do"
    tried = f"{pixels_words(fooled.pixels)} {do} not make a {fooled.wanted} of this {fooled.read}"
    return f"{tried}: try another number."


def hardness_words(found: Hardness) -> str:
    count = len(found.pixels)
    turned = f"{found.fooled} of {count} test digits were turned into another one by at most {MOST} pixels"
    if found.median is None:
        return f"{turned}: too few for a median."
    return f"{turned}; the median over all {count} is {found.median:g}."
