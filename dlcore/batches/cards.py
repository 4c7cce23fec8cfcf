"""The cards of data and batches. They read what the page has counted or measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.batches.config import BatchesConfig
from dlcore.batches.leaks import Leak
from dlcore.batches.loading import TENSORS, Loading
from dlcore.batches.statistics import Statistics, scaled
from dlcore.batches.words import classes_words, grey_words, loading_words, times
from dlcore.cards import Card, Finding, nearest
from dlcore.words import exact_percent

MUCH = 0.2  # shares right more than there should be


@dataclass(frozen=True)
class ShownData:
    """What the page shows; what it does not is None."""

    config: BatchesConfig
    train: Statistics | None = None
    test: Statistics | None = None
    leak: Leak | None = None
    loading: Loading | None = None


def _plain(text: str) -> str:
    """Markdown's stars mean nothing in a finding."""
    return text.replace("**", "")


def _rarest(seen: ShownData) -> Finding | None:
    if seen.train is None or seen.test is None:
        return None
    classes = seen.train.classes
    return Finding(
        _plain(classes_words(seen.train, seen.test)),
        shown=min(classes) < 0.95 * seen.train.total / 10,
        right=f"The {min(range(10), key=lambda digit: classes[digit])}",
    )


def _zeros(seen: ShownData) -> Finding | None:
    if seen.train is None:
        return None
    share = seen.train.zeros
    return Finding(
        _plain(grey_words(seen.train)),
        shown=share > 0.5,
        right=nearest(share, {"About a third": 1 / 3, "About half": 0.5, "About four fifths": 0.8}),
    )


def _half(seen: ShownData) -> Finding | None:
    if seen.train is None or (seen.config.mean, seen.config.std) != (0.5, 0.5):
        return None
    found = scaled(seen.train, 0.5, 0.5)
    return Finding(
        f"numbers go from {found.low:.0f} to {found.high:.0f}, and their mean is {found.mean:.2f}.",
        shown=abs(found.mean) > 0.1,
        right=nearest(found.mean, {"0.5": 0.5, "0": 0.0, "About -0.7": -0.7}),
    )


def _copies(seen: ShownData) -> Finding | None:
    leak = seen.leak
    if leak is None or seen.config.copies != 100:
        return None
    return Finding(
        f"with labels drawn at random {exact_percent(leak.shuffled, 1)} are right without copies, "
        f"{exact_percent(leak.shuffled_leaked, 1)} with a copy of each.",
        shown=leak.shuffled_leaked - leak.shuffled > MUCH,
        right=nearest(leak.shuffled_leaked, {"10 %": 0.1, "Half": 0.5, "Nearly all": 1.0}),
    )


def _loader(seen: ShownData) -> Finding | None:
    if seen.loading is None:
        return None
    more = times(seen.loading.loader, seen.loading.way(TENSORS))
    return Finding(
        _plain(loading_words(seen.loading)),
        shown=more > 2,
        right="Ten times and more" if more > 3 else "About as long",
    )


CARDS: Mapping[str, Card] = {
    "rarest": Card(
        "Not ten equal parts",
        "60,000 training digits: which one is rarest?",
        ("The 0", "The 5", "The 8"),
        setup={"part": "digits"},
        setup_words="the digits counted",
        see=_rarest,
        why="Nobody evened them out. Ten equal parts would make guessing 10 %; always saying the most "
        "frequent digit gets a little more.",
    ),
    "zeros": Card(
        "Mostly paper",
        "How many of all pixels are exactly 0?",
        ("About a third", "About half", "About four fifths"),
        setup={"part": "digits"},
        setup_words="the grey levels counted",
        see=_zeros,
        why="A stroke is thin, and a digit of 20×20 pixels stands in a frame of 28×28. So the mean is small.",
    ),
    "half": Card(
        "Normalize(0.5, 0.5)",
        "It takes 0.5 away and divides by 0.5. What is the mean of all pixels then?",
        ("0.5", "0", "About -0.7"),
        setup={"part": "digits", "mean": 0.5, "std": 0.5},
        setup_words="Normalize(0.5, 0.5)",
        see=_half,
        why="It maps 0..1 to -1..1, whatever the data. The mean was 0.13; 2 × 0.13 - 1 is about -0.74.",
    ),
    "copies": Card(
        "Nothing to learn, and half right",
        "Labels are drawn at random, and each test digit has a near-copy in training. How many are right?",
        ("10 %", "Half", "Nearly all"),
        setup={"part": "splits", "copies": 100},
        setup_words="a near-copy of each test digit",
        see=_copies,
        why="Where it finds the copy it only has to recognise the picture again, not to know what it shows: "
        "data leakage. Copies belong into one split.",
    ),
    "loader": Card(
        "One image at a time",
        "DataLoader takes images one by one, this lab cuts a batch out of one tensor. Which takes how long?",
        ("About as long", "Ten times and more"),
        setup={"part": "time"},
        setup_words="both measured on this machine",
        see=_loader,
        why="Each image costs some Python and some small tensors. For a whole batch at once that is "
        "paid once.",
    ),
}
