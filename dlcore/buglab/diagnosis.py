"""Which bug a training has, told by what it showed alone. Each rule has its reason beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from dlcore.buglab.symptoms import BATCH, EPOCHS, LAYERS, STEPS, Symptoms

FLOOR = math.log(1 + 9 / math.e)  # 1.461: cross entropy of shares taken twice cannot be lower
LEARNED, GUESSED = 0.5, 0.2  # shares right: above the one it has learned, below the other it only guesses
ALIKE = 0.8  # cosine of two gradients: hardly anything new in the second
BIG = 10.0  # a loss no guess among ten would cost
LEAP = 1.0  # of a loss
CHANGES = (EPOCHS - 1) * 10  # of class, after the first epoch, if digits come sorted


def _conv(moved: tuple[float, ...]) -> tuple[float, ...]:
    return moved[: LAYERS.index("fc1")]


def _last_epoch(seen: Symptoms) -> list[float]:
    return sorted(seen.losses[-STEPS:])


def _middle(losses: list[float]) -> float:
    return losses[len(losses) // 2]


def _other_net(seen: Symptoms) -> bool:
    """No weight has moved at all."""
    return not any(seen.last.moved)


def _detached(seen: Symptoms) -> bool:
    """The convolutions have not moved, the layers behind them have."""
    return not any(_conv(seen.last.moved)) and any(seen.last.moved)


def _not_scaled(seen: Symptoms) -> bool:
    """It is asked with numbers far beyond all it was trained with."""
    return seen.given_test[1] > 10 * seen.given_training[1]


def _no_eval(seen: Symptoms) -> bool:
    """Two answers to one image: something random is still on."""
    return seen.asked_twice > 0


def _no_zero_grad(seen: Symptoms) -> bool:
    """It moves, and each gradient is nearly the one before."""
    later = [window.alike for window in seen.windows[len(seen.windows) // 3 :]]
    return any(seen.last.moved) and sum(later) / len(later) > ALIKE


def _wrong_axis(seen: Symptoms) -> bool:
    """It begins near ln 50, the batch, not near ln 10."""
    return abs(seen.losses[0] - math.log(BATCH)) < 0.5


def _softmax_twice(seen: Symptoms) -> bool:
    """It has learned, and yet no loss lies below the floor."""
    return FLOOR - 0.01 < min(seen.losses) < math.log(10) and seen.last.test > LEARNED


def teeth(losses: Sequence[float]) -> int:
    """How often the loss leaps up from one step to the next, by more than a batch's luck."""
    return sum(after > before + LEAP for before, after in pairwise(losses))


def _sorted(seen: Symptoms) -> bool:
    """A saw: a leap at nearly every change of class."""
    return teeth(seen.losses[STEPS:]) > CHANGES // 2 and seen.last.test < LEARNED


def _large_lr(seen: Symptoms) -> bool:
    """It rose high, and does no better than guess at the end."""
    return max(seen.losses[:STEPS]) > BIG and seen.last.train < LEARNED


def _off_by_one(seen: Symptoms) -> bool:
    """It has learned something well, and it is not this."""
    return _middle(_last_epoch(seen)) < 1 and seen.last.train < 0.1


def _mixed_up(seen: Symptoms) -> bool:
    """Weights move, gradients come, and it is no better than guessing."""
    return _middle(_last_epoch(seen)) > 2 and seen.last.train < GUESSED


def _test_data(seen: Symptoms) -> bool:
    """Better on the test than on what it is said to have learned from."""
    return seen.last.test > max(seen.last.train, LEARNED)


# The plainest sign first: where two hold, the first is the cause.
RULES: Mapping[str, Callable[[Symptoms], bool]] = {
    "other_net": _other_net,
    "detached": _detached,
    "not_scaled": _not_scaled,
    "no_eval": _no_eval,
    "sorted": _sorted,
    "no_zero_grad": _no_zero_grad,
    "wrong_axis": _wrong_axis,
    "softmax_twice": _softmax_twice,
    "large_lr": _large_lr,
    "off_by_one": _off_by_one,
    "mixed_up": _mixed_up,
    "test_data": _test_data,
}


def diagnose(seen: Symptoms) -> str | None:
    """The bug by its name; None if nothing is wrong."""
    return next((name for name, holds in RULES.items() if holds(seen)), None)
