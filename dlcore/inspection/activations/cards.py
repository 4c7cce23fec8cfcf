"""The cards of the activations page. Each reads what the learner's own network does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from dlcore.cards import Card, Finding
from dlcore.inspection.activations.arithmetic import over_paper, work_out
from dlcore.inspection.activations.flow import Flow
from dlcore.inspection.activations.look import Place
from dlcore.inspection.activations.switching import Switching

HARDLY = 0.25  # percentage points: half the 95 % band of 98 % among 10,000 digits


@dataclass(frozen=True)
class ShownFlow:
    """One digit's way, the number looked at, and the last measurement of switching off."""

    flow: Flow
    place: Place
    switching: Switching | None = None


def _blank(seen: ShownFlow) -> Finding | None:
    operation, flow = seen.place.operation, seen.flow
    if operation.kind != "conv" or seen.place.index != 0:
        return None
    cell = work_out(operation, seen.place.unit, seen.place.row, seen.place.column)
    if not np.allclose(cell.patch, flow.paper):
        return None
    assert cell.kernel is not None
    value = over_paper(operation, seen.place.unit, flow.paper)
    guesses = {"0": 0.0, "Its bias": cell.bias}
    return Finding(
        f"over blank paper this kernel gives {value:+.3f}. Blank is read as {flow.paper:.2f}, so that is the "
        f"bias {cell.bias:+.3f} plus {flow.paper:.2f} × {cell.kernel.sum():+.3f}, the sum of its weights.",
        shown=abs(value) > 0.01,
        right=next((guess for guess, is_ in guesses.items() if abs(value - is_) <= 0.01), "Something else"),
    )


def _dead(seen: ShownFlow) -> Finding | None:
    census = seen.switching.census("fc1") if seen.switching is not None else None
    if census is None or seen.place.operation.layer != "fc1":
        return None
    few_speak = len(census.dead) > 0.9 * len(census.speaking)
    return Finding(
        f"{len(census.dead)} of the {len(census.speaking)} units of fc1 give 0 on all {census.total:,} test "
        "digits.",
        shown=bool(census.dead),
        right="None" if not census.dead else "Nearly all" if few_speak else "Some",
    )


def _off(seen: ShownFlow) -> Finding | None:
    result = seen.switching
    if result is None or result.layer != "conv1" or len(result.effects) < 2:
        return None
    few = sum(abs(result.points(effect)) <= HARDLY for effect in result.effects)
    worst = min(result.effects, key=lambda effect: effect.correct)
    usual = median(-result.points(effect) for effect in result.effects)
    return Finding(
        f"switching off one map of conv1 moves the accuracy by {HARDLY} points at most for {few} of "
        f"{len(result.effects)} maps. Map {worst.unit + 1} costs most: {-result.points(worst):.2f} points of "
        f"{result.total:,} test images.",
        shown=few > len(result.effects) / 2,
        right="Under 0.3 points" if usual < 0.3 else "About 5 points" if usual < 30 else "It only guesses",
    )


CARDS: Mapping[str, Card] = {
    "blank": Card(
        "What does a kernel say of blank paper?",
        "The corner of the digit is empty. What does the kernel give there?",
        ("0", "Its bias", "Something else"),
        setup={"operation": "conv1", "row": 2, "column": 2, "depth": "arithmetic", "view": "map"},
        setup_words="conv1, a corner of the map, its arithmetic",
        see=_blank,
        why="Normalised paper is not 0: every weight still multiplies it. Each map has its own background.",
    ),
    "off": Card(
        "How much does one filter matter?",
        "Without one filter, how much accuracy is lost for most of them?",
        ("Under 0.3 points", "About 5 points", "It only guesses"),
        setup={"operation": "conv1", "view": "off", "each": True},
        setup_words="each map of conv1 switched off in turn; it takes half a minute",
        see=_off,
        why="What one filter sees, others see nearly as well. So a single one can go, and the rest carry on.",
    ),
    "dead": Card(
        "Are all units needed?",
        "How many units of fc1 never say anything but 0?",
        ("None", "Some", "Nearly all"),
        setup={"operation": "fc1", "view": "off", "each": False},
        setup_words="fc1, counted on all test images",
        see=_dead,
        why="A unit below 0 on every digit gets no gradient through ReLU. It stays where it is: dead.",
    ),
}
