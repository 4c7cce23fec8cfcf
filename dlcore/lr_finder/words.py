"""What a range test and short trainings say, in sentences with their numbers. Markdown."""

from __future__ import annotations

import math

from dlcore.lr_finder.result import DIVISOR, RangeTest, Tries, Try, rate_at
from dlcore.training.config import TrainConfig
from dlcore.words import exact_percent, number

GUESSES = 0.2  # right of a share so small, it has learned next to nothing: chance is 0.1


def rate_words(rate: float) -> str:
    """In two digits."""
    return number(float(f"{rate:.2g}"))


def config_words(config: TrainConfig) -> str:
    """Whose curve it is."""
    optimizer = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}[config.optimizer]
    return f"{config.net}, {optimizer}, batch size {config.batch_size:,}, seed {config.seed}"


def found_words(found: RangeTest) -> str:
    """What is suggested, and why."""
    if found.suggestion is None:
        return (
            f"**No suggestion.** In {len(found.losses)} steps the loss never fell by a tenth of "
            f"{found.smoothed[0]:.2f}, where it began: take a larger batch, or less weight decay."
        )
    return (
        f"**Suggested: {number(found.suggestion)}.** The smoothed loss is lowest, "
        f"{found.smoothed[found.lowest]:.2f}, at {rate_words(rate_at(found.lowest))}; above that it rises "
        f"again. A {'tenth' if DIVISOR == 10 else DIVISOR} of that keeps a safe distance. It falls fastest "
        f"at {rate_words(rate_at(found.steepest))}."
    )


def ended_words(found: RangeTest) -> str:
    """How far it went."""
    steps = f"{len(found.losses)} steps, each on the next batch"
    return f"{steps}; it ended early: {found.why}." if found.why else f"{steps}, up to the highest rate."


def did_words(one: Try) -> str:
    """What a short training came to."""
    if not math.isfinite(one.loss):
        return "it broke"
    if one.share < GUESSES:
        return "it only guesses"
    return f"loss {one.loss:.2f}"


def tries_words(tries: Tries) -> str:
    """Each rate, and how well it did."""
    told = (f"{number(one.rate)}: {exact_percent(one.share, 1)} ({did_words(one)})" for one in tries.tries)
    return (
        f"After {tries.steps} steps, right of {tries.tries[0].total:,} validation images: {'; '.join(told)}."
    )
