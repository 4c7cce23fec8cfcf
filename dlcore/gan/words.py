"""The forger's game on digits, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.gan.networks import CLASSES
from dlcore.gan.quiz import PICTURES
from dlcore.gan.training import MANY
from dlcore.run import Run
from dlcore.words import percent


def score_words(mine: int, detective: int, step: int) -> str:
    """Who judged more of the ten pictures right."""
    if mine == detective:
        who = "You are level"
    else:
        who = "You win" if mine > detective else "The detective wins"
    return (
        f"**{who}: you {mine} of {PICTURES} right, the detective {detective} of {PICTURES}.** "
        f"This is after {step:,} steps; it saw none of these real digits before."
    )


def looked_from(run: Run, step: int) -> Mapping[str, float]:
    """What the reader measured of the drawings at this step; {} if it has not."""
    last = run.last("final_frechet")
    prefix = "final_" if last is not None and last.step == step else ""
    names = (
        "asked_read",
        "sure",
        "smallest_class",
        "frechet",
        *(f"read_as_{digit}" for digit in range(CLASSES)),
    )
    found = {}
    for name in names:
        point = next((m for m in run.series.get(prefix + name, ()) if m.step == step), None)
        if point is None:
            return {}
        found[name] = point.value
    return found


def judged_words(seen: Mapping[str, float], *, one: bool) -> str:
    """The three numbers, over how many drawings, and what each can hide. `one`: one digit alone is drawn."""
    read_as = [seen[f"read_as_{digit}"] for digit in range(CLASSES)]
    total = sum(read_as)
    present = sum(count >= total / CLASSES / 10 for count in read_as)
    kinds = "" if one else f" {present} of {CLASSES} digits are among them."
    return (
        f"Of {total:,.0f} drawings the lab's reader takes **{percent(seen['asked_read'])}** for the digit "
        f"that was asked for; of {percent(seen['sure'])} it is over 90 % sure.{kinds} "
        f"Fréchet distance to real digits: **{seen['frechet']:.0f}**."
    )


def few_words(total: float) -> str:
    """What to make of a distance over few drawings."""
    return "" if total >= MANY else f"Over {total:,.0f} drawings alone a distance comes out too large."
