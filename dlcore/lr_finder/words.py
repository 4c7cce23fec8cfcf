"""What a range test and short trainings say, in sentences with their numbers. Markdown."""

from __future__ import annotations

import math

from dlcore.datasets.catalogue import title_of
from dlcore.lr_finder.result import DIVISOR, RangeTest, Tries, Try, rate_at
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import exact_percent, number, percent

LITTLE = 1 / 9  # of the way from guessing to all right: who has gone less has learned next to nothing


def rate_words(rate: float) -> str:
    """In two digits."""
    return number(float(f"{rate:.2g}"))


def config_words(config: TrainConfig) -> str:
    """Whose curve it is."""
    optimizer = knobs(TrainConfig)["optimizer"].options[config.optimizer]
    images = title_of(config.dataset)
    return f"{config.net} on {images}, {optimizer}, batch size {config.batch_size:,}, seed {config.seed}"


def found_words(found: RangeTest) -> str:
    """What is suggested, and why."""
    if found.suggestion is None:
        return (
            f"**No suggestion.** In {len(found.losses)} steps the loss never fell by a tenth of "
            f"{found.smoothed[0]:.2f}, where it began: take a larger batch, or less weight decay."
        )
    last = found.lowest == len(found.losses) - 1
    ends = "; one step there broke it" if found.why else ", the highest tried: it still fell there"
    above = ends if last else "; above that it rises again"
    return (
        f"**Suggested: {number(found.suggestion)}.** The smoothed loss is lowest, "
        f"{found.smoothed[found.lowest]:.2f}, at {rate_words(rate_at(found.lowest))}{above}. "
        f"A {'tenth' if DIVISOR == 10 else DIVISOR} of that keeps a safe distance: a search takes one "
        "step at each rate, a training takes hundreds, and a rate that one step survives may break them. The "
        f"loss falls fastest at {rate_words(rate_at(found.steepest))}."
    )


def ended_words(found: RangeTest) -> str:
    """How far it went."""
    steps = f"{len(found.losses)} steps, each on the next batch"
    return f"{steps}; it ended early: {found.why}." if found.why else f"{steps}, up to the highest rate."


def guesses(one: Try, classes: int) -> bool:
    """Has it learned next to nothing, or no more than luck gives?"""
    chance = 1 / classes
    return one.share < chance + LITTLE * (1 - chance) or one.share - chance <= _half_width(one)


def did_words(one: Try, classes: int) -> str:
    """What a short training came to."""
    if not math.isfinite(one.loss):
        return "it broke"
    if guesses(one, classes):
        chance = 1 / classes
        nothing = one.share - chance <= _half_width(one)
        return f"{'as by' if nothing else 'little above'} guessing, {percent(chance)}"
    return f"loss {one.loss:.2f}"


def tries_words(tries: Tries) -> str:
    """Each rate, and how well it did."""
    told = "; ".join(
        f"{number(one.rate)}: {exact_percent(one.share, 1)} ({did_words(one, tries.classes)})"
        for one in tries.tries
    )
    return f"After {tries.steps} steps, right of {tries.tries[0].total:,} validation images: {told}."


def verdict_words(tries: Tries, suggestion: float) -> str:
    """Does the suggestion hold, and was it cautious? "" where it was not tried."""
    mine, best = tries.at(suggestion), max(tries.tries, key=lambda one: one.share)
    if mine is None:
        return ""
    if not math.isfinite(mine.loss) or guesses(mine, tries.classes):
        did = did_words(mine, tries.classes)
        return f"**It does not hold:** {exact_percent(mine.share, 1)} with it, {did}."
    ahead = best.share - mine.share
    if ahead <= math.hypot(_half_width(mine), _half_width(best)):
        return f"**It holds:** no other of these rates did better by more than chance in {tries.steps} steps."
    points = f"{100 * ahead:.1f} points"
    if best.rate < suggestion:
        return f"**It learns, but it is too large here:** with {number(best.rate)}, {points} more are right."
    return (
        f"**It holds, and it is cautious:** in {tries.steps} steps, {number(best.rate)} came {points} "
        "further. Whether that lasts a whole training, only a whole training shows."
    )


def _half_width(one: Try) -> float:
    """Of the band in which its share lies 19 times out of 20."""
    return 1.96 * math.sqrt(one.share * (1 - one.share) / one.total)
