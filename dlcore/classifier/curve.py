"""How many pictures a class needs: heads that learn from few, judged by all others, over many draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlcore.classifier.features import groups_of
from dlcore.classifier.head import train_heads
from dlcore.events import Stage

SIZES, DRAWS = (1, 2, 3, 5, 10, 15, 20, 50, 100), 20


@dataclass(frozen=True)
class Point:
    """Accuracy on the pictures it did not learn from: mean and spread (standard deviation) of the draws."""

    per_class: int
    mean: float
    spread: float


@dataclass(frozen=True)
class Curve:
    points: tuple[Point, ...]
    draws: int = DRAWS

    def at(self, per_class: int) -> Point | None:
        return next((point for point in self.points if point.per_class == per_class), None)


def iter_curve(features: Tensor, labels: Tensor, classes: int, seed: int = 0) -> Iterator[Stage | Curve]:
    """`features` (N, 1280), `labels` (N,) int64. Near-copies of one picture learn or judge together.

    The last event is the Curve. A class must have one group more than it learns from.
    """
    groups = groups_of(features)
    least = min(len(groups[labels == label].unique()) for label in range(classes))
    sizes = [size for size in SIZES if size < least]
    generator = torch.Generator().manual_seed(seed)
    points = []
    for done, size in enumerate(sizes):
        yield Stage(done / len(sizes), f"{size} of each class, {DRAWS} draws")
        points.append(_point(features, labels, classes, groups, size, generator))
    yield Curve(tuple(points))


def _point(
    features: Tensor, labels: Tensor, classes: int, groups: Tensor, size: int, generator: torch.Generator
) -> Point:
    learns = torch.stack([_drawn(labels, classes, groups, size, generator) for _ in range(DRAWS)])
    # Who judges is no near-copy of anything learned.
    judges = torch.stack([~torch.isin(groups, groups[mask]) for mask in learns])
    said = train_heads(features, labels, classes, learns).logits(features).argmax(2)  # (draws, N)
    right = ((said == labels) & judges).sum(1) / judges.sum(1).clamp_min(1)
    return Point(size, float(right.mean()), float(right.std()))


def _drawn(labels: Tensor, classes: int, groups: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """(N,) bool: all pictures of `size` groups of each class."""
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for label in range(classes):
        held = groups[labels == label].unique()
        chosen = held[torch.randperm(len(held), generator=generator)[:size]]
        mask |= torch.isin(groups, chosen) & (labels == label)
    return mask
