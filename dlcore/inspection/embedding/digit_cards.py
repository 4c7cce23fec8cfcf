"""The cards of the digits' embedding. Each reads what the learner's own network does with 600 test digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcore.cards import Card, Finding
from dlcore.inspection.embedding.digits import INPUT, NEIGHBOURS, DigitLayer, DigitPicture, nearest
from dlcore.words import percent

CHANCE = 59 / 599  # of the same label among the others


@dataclass(frozen=True)
class ShownDigits:
    """A layer, its picture, when of its run, in words, and whether that is before its first step; the input
    beside it, and the last picture that differs in its seed.
    """

    layer: DigitLayer
    picture: DigitPicture
    when: str
    untrained: bool
    input: DigitLayer
    other: DigitPicture | None = None


def _layers(seen: ShownDigits) -> Finding | None:
    layer = seen.layer
    if layer.name in (INPUT, layer.layers[-1]) or seen.untrained:
        return None
    more = layer.purity - seen.input.purity
    other = "Fewer" if more < -0.05 else "As many" if more <= 0.05 else ""
    return Finding(
        f"of a digit's {NEIGHBOURS} nearest neighbours, {percent(seen.input.purity)} have its label among "
        f"the pixels, and {percent(layer.purity)} in {layer.name}, {seen.when}.",
        shown=more > 0.05,
        right="Nearly all" if layer.purity > 0.9 else other,
    )


def _untrained(seen: ShownDigits) -> Finding | None:
    layer = seen.layer
    if not seen.untrained or layer.name != layer.layers[-1]:
        return None
    less = layer.purity < seen.input.purity - 0.05
    as_often = "As often as among pixels" if layer.purity < seen.input.purity + 0.05 else ""
    return Finding(
        f"among the pixels {percent(seen.input.purity)} of the neighbours have the same label, in the "
        f"untrained logits {percent(layer.purity)}; chance alone gives {percent(CHANCE)}.",
        shown=less,
        right="Never" if not layer.purity else "Less often" if less else as_often,
    )


def _seeds(seen: ShownDigits) -> Finding | None:
    picture, other = seen.picture, seen.other
    if picture.config.method != "tsne" or other is None:
        return None
    width = float(np.ptp(other.points, axis=0).max())
    moved = float(np.linalg.norm(picture.points - other.points, axis=1).mean()) / width
    kept = _kept(picture, other)
    neighbours = "Who is beside whom" if kept > 0.5 else "Nothing"
    return Finding(
        f"from seed {other.config.seed} to {picture.config.seed}, a digit moved by {percent(moved)} of the "
        f"picture's width on average. {percent(kept)} of its neighbours stayed.",
        shown=moved > 0.1 and kept > 0.5,
        right=neighbours if moved > 0.1 else "Where the islands lie",
    )


def _kept(one: DigitPicture, other: DigitPicture) -> float:
    """The share of a digit's nearest neighbours in one picture that are also nearest in the other."""
    pairs = zip(nearest(one.points), nearest(other.points), strict=True)
    return float(np.mean([len(np.intersect1d(a, b)) / NEIGHBOURS for a, b in pairs]))


CARDS: Mapping[str, Card] = {
    "layers": Card(
        "What does a layer do to neighbours?",
        "Among the pixels, 7 of 10 neighbours are the same digit. And in fc1?",
        ("Fewer", "As many", "Nearly all"),
        setup={"layer": "fc1", "method": "pca", "epoch": -1},
        setup_words="fc1, laid out by PCA, last epoch",
        see=_layers,
        why="Training moves digits of one class together, layer by layer, until straight cuts part them.",
    ),
    "untrained": Card(
        "Before it learned",
        "Are neighbours of random weights still the same digit?",
        ("As often as among pixels", "Less often", "Never"),
        setup={"layer": "fc2", "method": "pca", "epoch": 0},
        setup_words="the logits of fc2, laid out by PCA, before training",
        see=_untrained,
        why="Random weights keep some of what was near. Ten random sums are too few to keep it all.",
    ),
    "seeds": Card(
        "Two seeds, two maps",
        "What stays the same with another seed?",
        ("Where the islands lie", "Who is beside whom", "Nothing"),
        setup={"layer": "fc1", "method": "tsne", "seed": 1},
        setup_words="fc1, laid out by t-SNE, seed 1; then choose seed 2 yourself",
        see=_seeds,
        why="t-SNE keeps neighbours together. Where an island lies, and how far from others, is chance.",
    ),
}
