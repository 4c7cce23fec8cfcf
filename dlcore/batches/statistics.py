"""Numbers of a whole dataset: how often each class comes, and its grey levels, one histogram for all else."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcore.data import Samples

CHUNK = 4_000  # images counted at once
WHITE = 255


@dataclass(frozen=True)
class Statistics:
    """`classes`: images of each digit; `grey`: pixels of each level, 0 to 255."""

    classes: tuple[int, ...]
    grey: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.classes)

    @property
    def zeros(self) -> float:
        """The share of pixels that are 0: paper."""
        return self.grey[0] / sum(self.grey)

    @property
    def mean(self) -> float:
        """Of pixels scaled to 0..1."""
        return sum(level * count for level, count in enumerate(self.grey)) / sum(self.grey) / WHITE

    @property
    def std(self) -> float:
        """Of pixels scaled to 0..1."""
        mean, pixels = self.mean, sum(self.grey)
        return math.sqrt(
            sum(count * (level / WHITE - mean) ** 2 for level, count in enumerate(self.grey)) / pixels
        )


def statistics_of(samples: Samples) -> Statistics:
    grey = np.zeros(WHITE + 1, np.int64)
    for images in samples.images.split(CHUNK):
        grey += np.bincount(images.numpy().ravel(), minlength=WHITE + 1)
    classes = np.bincount(samples.labels.numpy(), minlength=10)
    return Statistics(tuple(classes.tolist()), tuple(grey.tolist()))


@dataclass(frozen=True)
class Scaled:
    """What (x - mean) / std makes of all pixels."""

    low: float
    high: float
    mean: float
    std: float


def scaled(seen: Statistics, mean: float, std: float) -> Scaled:
    """`std` is above 0. Mean and deviation are shifted and scaled as each pixel is."""
    return Scaled((0 - mean) / std, (1 - mean) / std, (seen.mean - mean) / std, seen.std / std)
