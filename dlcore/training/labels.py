"""Labels made wrong on purpose, or rare: what does a network learn from them?

Wrong ones after Zhang et al. 2017, arXiv 1611.03530.
"""

from __future__ import annotations

import torch

from dlcore.data import Samples
from dlcore.training.config import TrainConfig


def as_told(samples: Samples, config: TrainConfig) -> Samples:
    """What a training learns from: its images with the labels that it is given, one of them made rare."""
    told = mislabelled(samples, config.wrong_labels, config.seed + 3)
    if config.rare_digit == "none":
        return told
    return rarefied(told, int(config.rare_digit), config.rare_share, config.seed + 4)


def mislabelled(samples: Samples, share: float, seed: int) -> Samples:
    """About this share of them labelled as another class, each equally likely; the same seed, the same.

    Of one class alone all stay as they are.
    """
    classes = int(samples.labels.max()) + 1
    if not share or classes < 2:
        return samples
    drawn = torch.Generator().manual_seed(seed)
    hit = torch.rand(len(samples), generator=drawn) < share
    others = torch.randint(1, classes, (len(samples),), generator=drawn)
    return Samples(samples.images, torch.where(hit, (samples.labels + others) % classes, samples.labels))


def rarefied(samples: Samples, label: int, share: float, seed: int) -> Samples:
    """About this share of one label's images stays; each other one gives its place to an image of another
    label, drawn evenly, so that there are as many as before. The same seed, the same.
    """
    drawn = torch.Generator().manual_seed(seed)
    gone = (samples.labels == label) & (torch.rand(len(samples), generator=drawn) >= share)
    others = (samples.labels != label).nonzero()[:, 0]
    if not len(others):
        return samples
    instead = others[torch.randint(len(others), (len(samples),), generator=drawn)]
    chosen = torch.where(gone, instead, torch.arange(len(samples)))
    return Samples(samples.images[chosen], samples.labels[chosen])
