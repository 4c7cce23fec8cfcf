"""The card of the home page. It reads the machine's result on the 10,000 test digits."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dlcore.cards import Card, Finding, nearest
from dlcore.training.evaluation import Evaluation
from dlcore.words import exact_percent

BEFORE = "before training"
AFTER = "after training"


def _untrained(result: Evaluation) -> Finding | None:
    share = result.correct / result.total
    if share > 0.5:  # this machine has been trained
        return None
    return Finding(
        f"{exact_percent(share, 1)} of {result.total:,} test digits are right, and the mean loss is "
        f"{result.loss:.2f}. An even share among ten digits costs ln 10 = {math.log(10):.2f}.",
        shown=share < 0.25 and abs(result.loss - math.log(10)) < 0.1,
        right=nearest(share, {"None": 0, "About 1": 0.1, "About 5": 0.5}),
    )


CARDS: Mapping[str, Card] = {
    "untrained": Card(
        "The same machine before it learned",
        "How many of ten digits does it read correctly before training?",
        ("None", "About 1", "About 5"),
        setup={"when": BEFORE},
        setup_words="before training",
        see=_untrained,
        why="Its numbers are still random, so it guesses. Training changed those numbers and nothing else.",
    ),
}
