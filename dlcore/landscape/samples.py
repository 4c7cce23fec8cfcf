"""On which digits a surface is measured: the same ones at every point, so that noise cancels between them."""

from __future__ import annotations

import torch
from torch import Tensor

from dlcore.datasets.catalogue import samples
from dlcore.datasets.dataset import MNIST
from dlcore.datasets.splits import order_of
from dlcore.landscape.config import SurfaceConfig
from dlcore.mnist.normalize import NORMALIZE, Normalize
from dlcore.mnist.splits import TRAIN_TOTAL
from dlcore.training.config import TrainConfig


def pick_samples(
    split: str,
    count: int,
    normalize: Normalize,
    *,
    seed: int,
    train_size: int = TRAIN_TOTAL,
    dataset: str = MNIST,
) -> tuple[Tensor, Tensor]:
    """`count` digits of "train" or "test": images (N, 1, 28, 28) float32, normalised, and labels (N,).

    Of "train", only those that a run with this `train_size` learnt from; all of them, if they are fewer. Of
    another set its images, in place of digits. Raises DataError if that is not here.
    """
    digits = samples(dataset, split)
    known = order_of(dataset)[:train_size] if split == "train" else torch.arange(len(digits))
    chosen = known[torch.randperm(len(known), generator=torch.Generator().manual_seed(seed))[:count]]
    return normalize(digits.images[chosen]), digits.labels[chosen]


def samples_of(config: SurfaceConfig, trained: TrainConfig) -> tuple[Tensor, Tensor]:
    """Those that `config` asks for, as a run of these settings has read them."""
    return pick_samples(
        config.digits,
        config.samples,
        NORMALIZE[trained.normalize],
        seed=config.seed,
        train_size=trained.train_size,
        dataset=trained.dataset,
    )
