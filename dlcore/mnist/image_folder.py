"""Somebody's folder of images in MNIST's format, to learn from: its splits, and how they are known again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch

from dlcore.data import Samples, Splits
from dlcore.errors import ConfigError, DataError
from dlcore.mnist.image_sets import ImageSet, holds_test, read_folder, read_train_folder
from dlcore.mnist.splits import SPLIT_SEED, TRAIN_TOTAL

CLASSES = 10  # that the networks tell apart


@dataclass(frozen=True)
class ImageFolder:
    """The images to learn from, and those to ask at the end, which a folder may lack."""

    path: Path
    train: ImageSet
    test: ImageSet | None

    @property
    def usable(self) -> int:
        """Images to learn from or to choose by: as many as MNIST has, however many there are."""
        return min(len(self.train.samples), TRAIN_TOTAL)

    @property
    def asked(self) -> ImageSet:
        """What a network is asked that has learnt from this folder."""
        return self.test or self.train

    def digest(self) -> str:
        """Of every image and label, packed or not: enough of it to tell other data."""
        found = hashlib.sha256()
        for images in filter(None, (self.train, self.test)):
            found.update(images.samples.images.numpy().tobytes())
            found.update(images.samples.labels.numpy().tobytes())
        return found.hexdigest()[:16]

    def sizes(self, train_size: int, val_size: int, *, fixed: bool) -> tuple[int, int]:
        """These sizes, or as many as there are, of which a twelfth is kept to choose by.

        Raises ConfigError if they are `fixed`, and there are too few images.
        """
        if train_size + val_size <= self.usable:
            return train_size, val_size
        if fixed:
            raise ConfigError(
                f"Training and validation images must be {self.usable:,} together at most, as many as "
                f"{self.path} holds. Got {train_size + val_size:,} instead."
            )
        val_size = min(val_size, self.usable // 12)
        return min(train_size, self.usable - val_size), val_size

    def splits(self, train_size: int, val_size: int) -> Splits:
        """The first images of one fixed shuffle and the last of it, as of MNIST itself."""
        total = len(self.train.samples)
        order = torch.randperm(total, generator=torch.Generator().manual_seed(SPLIT_SEED))
        order = order[: self.usable]
        nothing = Samples(self.train.samples.images[:0], self.train.samples.labels[:0])
        return Splits(
            train=self.train.samples[order[:train_size]],
            val=self.train.samples[order[self.usable - val_size :]],
            test=self.test.samples if self.test else nothing,
        )


def read_image_folder(path: Path) -> ImageFolder:
    """Raises DataError if the folder holds no such images, or more classes than the networks tell apart."""
    train = read_train_folder(path)
    test = read_folder(path) if holds_test(path) else None
    for images in filter(None, (train, test)):
        most = int(images.samples.labels.max()) + 1
        if most > CLASSES:
            raise DataError(
                f"{images.family.name} has {most} classes or more, and a network here tells {CLASSES} apart: "
                "train it on EMNIST Digits, Fashion-MNIST, KMNIST or images of your own."
            )
    if test is not None and test.family != train.family:
        raise DataError(
            f"{path} holds {train.family.name} to learn from and {test.family.name} to test with: "
            "put each into a folder of its own."
        )
    return ImageFolder(path, train, test)


def read_again(path: Path, digest: str) -> ImageFolder:
    """The images that a run has begun with. Raises DataError if they are gone, or others are there now."""
    found = read_image_folder(path)
    if digest and found.digest() != digest:
        raise DataError(
            f"The images in {path} are not those this run learns from: put those back, or start a new run."
        )
    return found
