"""The cards of the embedding page. Each reads what the learner's own network makes of the test images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlcore.cards import Card, Finding, nearest
from dlcore.inspection.embedding.patches import PatchEmbedding
from dlcore.inspection.embedding.principal import Doubles
from dlcore.words import exact_percent, percent

NEIGHBOURS = 10


@dataclass(frozen=True)
class ShownPatches:
    """One picture; `when` of its run, in words, and whether before its first step; the last t-SNE before it
    that differs in its seed alone.
    """

    result: PatchEmbedding
    when: str
    other: PatchEmbedding | None = None
    untrained: bool = False


def differ_in_seed(one: PatchEmbedding, other: PatchEmbedding) -> bool:
    """Do they show the same images in the same layer, laid out alike but for the seed?"""
    same = one.config.replace(seed=0) == other.config.replace(seed=0)
    return same and one.config.seed != other.config.seed and np.array_equal(one.logits, other.logits)


def _dots(seen: ShownPatches) -> Finding | None:
    result = seen.result
    if result.plane is None or result.config.layer != 0:
        return None
    dots, total = int(result.dots.max()) + 1, len(result.labels)
    more = nearest(dots, {"About 100": 100, "One for each image": total})
    return Finding(
        f"{total} images lie on {dots} dots: one for each place of a patch, and one without. The plane "
        f"holds {percent(result.plane.held)} of the variance of {result.widths[0]} pixels.",
        shown=dots < total / 10,
        right="Fewer than 30" if dots < 30 else more,
    )


def _one_number(seen: ShownPatches) -> Finding | None:
    result = seen.result
    if result.plane is None or result.config.layer != 1 or seen.untrained:
        return None
    first, units = result.plane.shares[0], result.widths[1]
    return Finding(
        f"after {seen.when}, one direction holds {exact_percent(first, 1)} of the variance of {units} units.",
        shown=first > 0.95,
        right=nearest(first, {"About 2 %": 0.02, "About half": 0.5, "Over 95 %": 1}),
    )


def _seeds(seen: ShownPatches) -> Finding | None:
    result, other = seen.result, seen.other
    if result.config.method != "tsne" or other is None:
        return None
    moved = _moved(other.points, result.points)
    stay = min(_together(other), _together(result))
    neighbours = "Who is beside whom" if stay > 0.8 else "Nothing"
    return Finding(
        f"from seed {other.config.seed} to {result.config.seed}, an image moved by {percent(moved)} of the "
        f"picture's width on average. Of its {NEIGHBOURS} nearest neighbours, {percent(stay)} look the same, "
        "with either seed.",
        shown=moved > 0.1 and stay > 0.8,
        right=neighbours if moved > 0.1 else "Where the islands lie",
    )


def _moved(before: Doubles, after: Doubles) -> float:
    """How far (N, 2) points moved on average, as a share of the first picture's larger side."""
    return float(np.linalg.norm(after - before, axis=1).mean() / np.ptp(before, axis=0).max())


def _together(result: PatchEmbedding) -> float:
    """Of every image's nearest neighbours on the picture, the share that lie on its dot in the layer."""
    apart: Doubles = np.linalg.norm(result.points[:, None] - result.points, axis=-1)
    np.fill_diagonal(apart, np.inf)
    nearest: NDArray[np.int64] = np.argsort(apart, axis=1)[:, :NEIGHBOURS]
    return float((result.dots[nearest] == result.dots[:, None]).mean())


CARDS: Mapping[str, Card] = {
    "dots": Card(
        "How many images are there, really?",
        "On how many dots do all test images lie?",
        ("One for each image", "About 100", "Fewer than 30"),
        setup={"layer": 0, "method": "pca", "images": "test"},
        setup_words="the input, laid out by PCA, its own test",
        see=_dots,
        why="Images with the patch at the same place differ by noise alone. So a large test can hold few "
        "different images.",
    ),
    "one_number": Card(
        "What do the hidden units know?",
        "How much of what layer 1 varies does one direction hold?",
        ("About 2 %", "About half", "Over 95 %"),
        setup={"layer": 1, "method": "pca", "images": "fair", "epoch": "last"},
        setup_words="layer 1, laid out by PCA, the fair test, last epoch",
        see=_one_number,
        why="Training pushed every unit along one question: patch or not? Together they carry one number.",
    ),
    "seeds": Card(
        "Two seeds, two maps",
        "What stays the same with another seed?",
        ("Where the islands lie", "Who is beside whom", "Nothing"),
        setup={"layer": 1, "method": "tsne", "images": "fair", "seed": 1},
        setup_words="layer 1, laid out by t-SNE, seed 1; then choose seed 2 yourself",
        see=_seeds,
        why="t-SNE keeps neighbours together. Where an island lies, and how far from others, is chance. Do "
        "not read distances.",
    ),
}
