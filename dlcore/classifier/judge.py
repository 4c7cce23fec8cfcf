"""How good a head is, by pictures it did not learn from: five heads, each judged by the fold it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from dlcore.classifier.features import groups_of
from dlcore.classifier.folds import folds_of
from dlcore.classifier.head import Heads, train_heads
from dlcore.errors import DataError
from dlcore.training.evaluation import Band, band

BINS = 5  # of how sure it is


@dataclass(frozen=True)
class Judged:
    """N pictures of C classes. `shares` (N, C) are of the head that never saw the picture."""

    classes: tuple[str, ...]
    labels: Tensor  # (N,) int64
    groups: Tensor  # (N,) int64: near-copies of one picture share a number
    folds: Tensor  # (N,) int64
    shares: Tensor
    head: Heads  # one, of all pictures: the one to take away
    losses_by_heart: Tensor  # (N,) of that head

    @property
    def predictions(self) -> Tensor:
        return self.shares.argmax(1)

    @property
    def losses(self) -> Tensor:
        """(N,) cross-entropy of each picture's label."""
        return F.nll_loss(self.shares.clamp_min(1e-12).log(), self.labels, reduction="none")

    @property
    def total(self) -> int:
        return len(self.labels)

    @property
    def right(self) -> int:
        return int((self.predictions == self.labels).sum())

    @property
    def band(self) -> Band:
        """Of the accuracy, 95 %. Near-copies are no pictures of their own: each group counts once."""
        right = (self.predictions == self.labels).float()
        counts = torch.bincount(self.groups, minlength=1)
        sums = torch.bincount(self.groups, weights=right, minlength=1)
        held = counts > 0
        return band(float((sums[held] / counts[held]).sum()), int(held.sum()))

    @property
    def confusion(self) -> Tensor:
        """(C, C) int64: rows the labels, columns the predictions."""
        places = self.labels * len(self.classes) + self.predictions
        return torch.bincount(places, minlength=len(self.classes) ** 2).view(len(self.classes), -1)

    def right_by(self, truth: Tensor) -> int:
        """How many are right by other labels (N,): the true ones, where some were made wrong on purpose."""
        return int((self.predictions == truth).sum())


@dataclass(frozen=True)
class Bin:
    """Pictures of which it was about as sure: from `low` to `high`."""

    low: float
    high: float
    count: int
    sure: float  # on average
    right: float  # the share


def judge(
    features: Tensor, labels: Tensor, classes: tuple[str, ...], *, by_content: bool = True, seed: int = 0
) -> Judged:
    """`features` (N, 1280), `labels` (N,) int64. Raises DataError if a class is too small to be judged."""
    groups = groups_of(features)
    for label, name in enumerate(classes):
        mine = groups[labels == label].unique() if by_content else labels[labels == label]
        if len(mine) < 2:
            raise DataError(
                f'"{name}" needs two different pictures at least, one to learn from and one to judge by: '
                "bring more of it, or take it out."
            )
    folds = folds_of(labels, groups if by_content else torch.arange(len(labels)), seed)
    count = int(folds.max()) + 1
    learns = torch.cat((folds[None] != torch.arange(count)[:, None], torch.ones(1, len(labels)).bool()))
    heads = train_heads(features, labels, len(classes), learns)
    logits = heads.logits(features)  # (folds + 1, N, C)
    shares = logits[folds, torch.arange(len(labels))].softmax(1)
    return Judged(
        classes,
        labels,
        groups,
        folds,
        shares,
        Heads(heads.weight[-1:], heads.bias[-1:]),
        F.cross_entropy(logits[-1], labels, reduction="none"),
    )


def calibration(judged: Judged) -> tuple[Bin, ...]:
    """How often it is right when it is so sure; only bins that hold pictures."""
    sure, said = judged.shares.max(1)
    right = (said == judged.labels).float()
    least = 1 / len(judged.classes)
    edges = torch.linspace(least, 1.0, BINS + 1).tolist()
    bins = []
    for low, high in pairwise(edges):
        inside = (sure >= low) & ((sure < high) if high < 1 else (sure <= high))
        if count := int(inside.sum()):
            bins.append(Bin(low, high, count, float(sure[inside].mean()), float(right[inside].mean())))
    return tuple(bins)
