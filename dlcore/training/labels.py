"""Labels made wrong on purpose: what does a network learn from them? (Zhang et al. 2017, arXiv 1611.03530)"""

from __future__ import annotations

import torch

from dlcore.data import Samples
from dlcore.training.config import TrainConfig


def as_told(samples: Samples, config: TrainConfig) -> Samples:
    """What a training learns from: its images with the labels that it is given."""
    return mislabelled(samples, config.wrong_labels, config.seed + 3)


def mislabelled(samples: Samples, share: float, seed: int) -> Samples:
    """About this share of them labelled as another class, each equally likely; the same seed, the same."""
    if not share:
        return samples
    classes = int(samples.labels.max()) + 1
    drawn = torch.Generator().manual_seed(seed)
    hit = torch.rand(len(samples), generator=drawn) < share
    others = torch.randint(1, classes, (len(samples),), generator=drawn)
    return Samples(samples.images, torch.where(hit, (samples.labels + others) % classes, samples.labels))
