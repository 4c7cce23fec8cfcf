"""Is a picture one upright digit? If not: what is seen, and each way out as a digit to choose.

A network shares 100 % among ten digits, whatever it sees. So a picture is read only once nothing speaks
against it; who chooses one of the ways out takes it from there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlcore.mnist.canvas import to_digit
from dlcore.mnist.photo import WIDE_WORDS, Photo, several_words
from dlcore.serving.predictor import Predictor
from dlcore.serving.unlike import Unlike, Yardstick
from dlcore.serving.unlike_words import times_words

Ink = NDArray[np.uint8]

OFFERED = 6  # digits of one picture
# On the last 4,000 test digits: 0.7 % of the upright ones are asked about, all but the 0s of those on their
# side and 44 % of those on their head; of those on their side 0.3 % pass and are read wrongly with over 90 %.
USUAL = 0.5  # of the held-out digits are nearer than a digit that is not turned
ASIDE = 0.05  # by how much nearer it is on its side, as a logarithm: then it lay there
# Some digits are far from the others even upright, and some are near however they were written: what counts
# for and against having lain, by the digit that is read as it is, and by the one read once it is turned.
# Fitted to the first 4,000 test digits (logistic regression), rounded.
AS_IT_IS = (0.4, -0.2, -0.1, -0.2, 0.1, 0.0, 0.2, -0.1, -0.1, 0.0)
ONCE_TURNED = (-0.5, 0.2, 0.1, 0.2, 0.0, 0.0, -0.3, 0.1, 0.2, -0.1)
LEAST = 1e-6  # of a distance: there is no logarithm of 0
OVER = 0.4  # times as far, upside down: a 6 and a 9 are as good either way
ROUND = (0,)  # is the same digit on its side
STRANGE = 0.995  # of the held-out digits are nearer: a picture is not read unasked
ODD = 0.8  # likewise, of one that is wider than digits are


@dataclass(frozen=True)
class Offer:
    """A way out: what the button says, how the command line names it, and the ink it leads to."""

    title: str
    option: str
    ink: Ink


@dataclass(frozen=True)
class Doubt:
    """Why a picture is not read yet, in one sentence, and the ways out."""

    sentence: str
    offers: tuple[Offer, ...]


def doubt(photo: Photo, yardstick: Yardstick, predictor: Predictor) -> Doubt | None:
    """None if the picture is one upright digit, as far as can be seen by the shipped network."""
    if len(photo.digits) > 1:
        return Doubt(several_words(len(photo.digits)), _each(photo))
    ink = photo.digits[0]
    turns = (ink, np.rot90(ink), np.rot90(ink, -1), np.rot90(ink, 2))
    digit = to_digit(ink)
    upright = yardstick.measure(digit)
    lies = _lies(digit, upright, turns[1:], yardstick, predictor)
    if lies is not None:
        title, option, words = TURNS[lies]
        asked = f"This digit {words}: {title.lower()}?"
        return Doubt(
            asked, (Offer(title, option, turns[1 + lies]), Offer("It is upright", "--as-it-is", ink))
        )
    as_it_is = Offer("Read it anyway", "--as-it-is", ink)
    if photo.wide and upright.share >= ODD:
        return Doubt(WIDE_WORDS, (*_turns(turns), as_it_is))
    if upright.share >= STRANGE:
        return Doubt(
            f"This looks like no digit ({times_words(upright)}): cut the picture to one, or read it anyway.",
            (as_it_is,),
        )
    return None


TURNS = (
    ("Turn it left", "--turn left", "lies on its side"),
    ("Turn it right", "--turn right", "lies on its side"),
    ("Turn it over", "--turn over", "stands on its head"),
)


def turned(ink: Ink, option: str) -> Ink:
    """The ink turned as the option of an offer says."""
    quarters = {"left": 1, "right": -1, "over": 2}
    return np.rot90(ink, quarters[option])


def _lies(
    digit: Ink, upright: Unlike, turns: tuple[Ink, ...], yardstick: Yardstick, predictor: Predictor
) -> int | None:
    """Which turn makes it much more of a digit, if any does. A usual digit is not even tried."""
    if upright.share < USUAL:
        return None
    digits = np.stack([to_digit(turn) for turn in turns])
    turned = yardstick.measure_all(digits)
    *sides, over = (one.distance for one in turned)
    side = int(np.argmin(sides))
    best = 2 if over < OVER * min(upright.distance, sides[side]) else side
    read, once_turned = (predictor.predict(one).digit for one in (digit, digits[best]))
    if (read in ROUND and once_turned in ROUND) or turned[best].share >= STRANGE:
        return None
    if best == 2:
        return best
    nearer = math.log(max(upright.distance, LEAST) / max(sides[side], LEAST))
    return best if nearer + AS_IT_IS[read] + ONCE_TURNED[once_turned] > ASIDE else None


def _turns(turns: tuple[Ink, ...]) -> tuple[Offer, ...]:
    return tuple(Offer(title, option, turns[1 + n]) for n, (title, option, _) in enumerate(TURNS[:2]))


def _each(photo: Photo) -> tuple[Offer, ...]:
    names: tuple[str, ...] = ("The first", "The second", "The third", "The fourth", "The fifth", "The sixth")
    if len(photo.digits) == 2:
        names = ("The left one", "The right one")
    return tuple(
        Offer(name, f"--choose {n}", ink)
        for n, (name, ink) in enumerate(zip(names, photo.digits[:OFFERED], strict=False), start=1)
    )
