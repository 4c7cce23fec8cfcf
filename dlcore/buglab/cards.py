"""The cards of the bug lab. They read the training on the page and the mended one that was run beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.buglab.diagnosis import CHANGES, FLOOR, LEARNED, teeth
from dlcore.buglab.symptoms import BATCH, JUDGED, STEPS, Symptoms
from dlcore.buglab.words import share
from dlcore.cards import Card, Finding, nearest

NEAR = 0.02  # shares right that differ by less are alike: two in a hundred


@dataclass(frozen=True)
class ShownCase:
    """A slip, the training that has it, and the mended one, once that has been run."""

    name: str
    seen: Symptoms
    mended: Symptoms | None


def _floor(shown: ShownCase) -> Finding | None:
    if shown.name != "softmax_twice" or shown.mended is None:
        return None
    lowest = min(shown.seen.losses)
    return Finding(
        f"the lowest of its {len(shown.seen.losses)} losses is {lowest:.3f}; mended, "
        f"{min(shown.mended.losses):.3f}.",
        shown=lowest > FLOOR - 0.01 > min(shown.mended.losses),
        right=nearest(lowest, {"Near 0": 0.0, "About 1.46": FLOOR, "About 2.3": math.log(10)}),
    )


def _axis(shown: ShownCase) -> Finding | None:
    if shown.name != "wrong_axis" or shown.mended is None:
        return None
    first, right = shown.seen.losses[0], shown.mended.losses[0]
    answers = {"ln 10 = 2.30": math.log(10), f"ln {BATCH} = {math.log(BATCH):.2f}": math.log(BATCH)}
    return Finding(
        f"it began at {first:.2f}; mended, at {right:.2f}.",
        shown=first - right > 1,
        right=nearest(first, answers),
    )


def _saw(shown: ShownCase) -> Finding | None:
    if shown.name != "sorted" or shown.mended is None:
        return None
    leaps = teeth(shown.seen.losses[STEPS:])
    saw = leaps > CHANGES // 2
    return Finding(
        f"after the first epoch the class changes {CHANGES} times, and the loss leaps up {leaps} times. Of "
        f"the test digits {share(shown.seen.last.test)} are right; mended, {share(shown.mended.last.test)}.",
        shown=saw,
        right="A saw" if saw else "It falls as ever" if shown.seen.last.test > LEARNED else "Flat",
    )


def _eval(shown: ShownCase) -> Finding | None:
    if shown.name != "no_eval_no_dropout" or shown.mended is None:
        return None
    return _alike(shown, "without eval() ", "Nothing", "Some are wrong")


def _scale(shown: ShownCase) -> Finding | None:
    if shown.name != "scaled_twice" or shown.mended is None:
        return None
    low, high = shown.seen.given_training
    return _alike(
        shown, f"its numbers went from {low:.1f} to {high:.1f}, ", "Nothing to speak of", "It learns worse"
    )


def _summed(shown: ShownCase) -> Finding | None:
    if shown.name != "summed" or shown.mended is None:
        return None
    times = shown.seen.losses[0] / shown.mended.losses[0]
    return _alike(shown, f"its first loss is {times:.0f} times the other, ", "Hardly anything", "It breaks")


def _alike(shown: ShownCase, told: str, alike: str, worse: str) -> Finding:
    assert shown.mended is not None
    here, there = shown.seen.last.test, shown.mended.last.test
    near = abs(here - there) < NEAR
    return Finding(
        f"{told}and {share(here)} of {JUDGED:,} test digits are right; without the slip, {share(there)}.",
        shown=near,
        right=alike if near else worse,
    )


CARDS: Mapping[str, Card] = {
    "floor": Card(
        "A floor under the loss",
        "Softmax is taken twice. How low can the loss get?",
        ("Near 0", "About 1.46", "About 2.3"),
        setup={"script": "softmax_twice"},
        setup_words="softmax twice: mend it and run it",
        see=_floor,
        why="Shares are numbers from 0 to 1. Of 1 and nine zeros, softmax gives the first only "
        "e / (e + 9): a loss of ln(1 + 9/e) = 1.461.",
    ),
    "axis": Card(
        "Where a loss begins",
        "Softmax runs over the 50 images of a batch, not over the ten digits. Where does the loss begin?",
        ("ln 10 = 2.30", f"ln {BATCH} = {math.log(BATCH):.2f}"),
        setup={"script": "wrong_axis"},
        setup_words="softmax over the wrong axis: mend it and run it",
        see=_axis,
        why="Knowing nothing, it shares evenly: among ten that costs ln 10, among fifty ln 50. A first loss "
        "tells among how many.",
    ),
    "saw": Card(
        "One class after the other",
        "The digits come sorted: all zeros, then all ones. What does the loss do?",
        ("It falls as ever", "A saw", "Flat"),
        setup={"script": "sorted"},
        setup_words="not shuffled: mend it and run it",
        see=_saw,
        why="Saying the digit of the moment is right until the next class comes; then all is wrong at once.",
    ),
    "eval": Card(
        "eval() forgotten, without harm",
        "This network has no dropout. What does forgetting eval() cost?",
        ("Nothing", "Some are wrong"),
        setup={"script": "no_eval_no_dropout"},
        setup_words="eval() forgotten, but no dropout; then take the slip out and run it",
        see=_eval,
        why="eval() speaks to dropout and batch norm alone. A network with neither does the same as before.",
    ),
    "scale": Card(
        "Scaled twice",
        "Training and test digits are both scaled twice. What does it cost?",
        ("Nothing to speak of", "It learns worse"),
        setup={"script": "scaled_twice"},
        setup_words="scaled twice, on both sides; then take the slip out and run it",
        see=_scale,
        why="Any fixed scale will do, if training and test have the same. Only a difference "
        "between them hurts.",
    ),
    "summed": Card(
        "Fifty times the loss",
        "Losses of a batch are summed, not averaged: all gradients are 50 times as large. What happens?",
        ("It breaks", "Hardly anything"),
        setup={"script": "summed"},
        setup_words="the loss summed; then take the slip out and run it",
        see=_summed,
        why="RMSprop divides each gradient by its own usual size, so the 50 cancels. Plain SGD would step 50 "
        "times as far.",
    ),
}
