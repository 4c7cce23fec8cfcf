"""Which images of a set are for learning, which for choosing: as of MNIST's, one fixed shuffle."""

from __future__ import annotations

from typing import Any

import torch

from dlcore.data import Splits
from dlcore.datasets.catalogue import Entry, load
from dlcore.datasets.dataset import MNIST
from dlcore.errors import ConfigError
from dlcore.mnist.splits import SPLIT_SEED, TRAIN_TOTAL, make_splits, overlap, split_order

CHOSEN_BY = 6  # one in so many is kept to choose by, where a set has fewer images than were asked for
LEAST = 100  # to learn from


def splits_of(dataset: str, train_size: int, val_size: int) -> Splits:
    """The first images of the fixed shuffle and the last of it.

    Raises DataError if the set is not here, ConfigError if it holds fewer images.
    """
    if dataset == MNIST:
        return make_splits(train_size, val_size)
    found, order = load(dataset), order_of(dataset)
    if sentence := overlap(train_size, val_size, len(order), found.title):
        raise ConfigError(sentence)
    return Splits(
        train=found.train[order[:train_size]],
        val=found.train[order[len(order) - val_size :]],
        test=found.test,
    )


def check_fits(entry: Entry, train_size: int, val_size: int) -> None:
    """Raises ConfigError if the set has fewer images."""
    if train_size + val_size > entry.train:
        raise ConfigError(
            f"{entry.title} has {entry.train:,} images to learn and to choose from. Got "
            f"{train_size + val_size:,} instead: take fewer."
        )


def on_images(config: Any, entry: Entry) -> Any:
    """The same settings of a training on this set: as many images as are asked for, or as there are."""
    train_size, val_size = fitting(config.train_size, config.val_size, entry.train)
    return config.replace(dataset=entry.id, train_size=train_size, val_size=val_size)


def order_of(dataset: str) -> torch.Tensor:
    """The fixed shuffle: which training image comes at which place, 60,000 at most."""
    if dataset == MNIST:
        return split_order()
    total = len(load(dataset).train)
    return torch.randperm(total, generator=torch.Generator().manual_seed(SPLIT_SEED))[:TRAIN_TOTAL]


def fitting(train_size: int, val_size: int, held: int) -> tuple[int, int]:
    """These sizes, or as many as a set with so many images has to learn and to choose from."""
    held = min(held, TRAIN_TOTAL)
    if train_size + val_size <= held:
        return train_size, val_size
    val_size = min(val_size, held // CHOSEN_BY)
    return max(LEAST, min(train_size, held - val_size)), val_size
