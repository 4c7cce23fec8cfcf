"""A set of images to train on: what it holds, and the name by which runs and links know it again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dlcore.data import Samples

MNIST = "mnist"
CLASSES = 10  # that the networks tell apart
SHOWN = 12
NO_CLASS = "no class"  # begins the names of the logits that a set leaves free


@dataclass(frozen=True)
class Dataset:
    """Images (N, 1, 28, 28) uint8, 0 = paper and 255 = ink, of at most ten classes.

    `about` says in a sentence or two what it is and what was done to its files; `inverted`: its pictures had
    light paper, which was made dark.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    train: Samples
    test: Samples
    inverted: bool = False

    @cached_property
    def digest(self) -> str:
        """Of every image, label and class' name: enough of it to tell other data."""
        found = hashlib.sha256("\n".join(self.classes).encode())
        for samples in (self.train, self.test):
            found.update(samples.images.numpy().tobytes())
            found.update(samples.labels.numpy().tobytes())
        return found.hexdigest()[:12]

    @property
    def id(self) -> str:
        return MNIST if self.name == MNIST else f"{self.name}@{self.digest}"

    @cached_property
    def watched(self) -> tuple[int, ...]:
        """Test images to look at, of every class."""
        return some_of_each(self.test.labels.tolist())


def some_of_each(labels: Sequence[int]) -> tuple[int, ...]:
    """SHOWN places: the first of each class, then the second of each, and so on."""
    seen, turns = dict[int, int](), list[tuple[int, int, int]]()
    for index, label in enumerate(labels):
        seen[label] = seen.get(label, -1) + 1
        if seen[label] < SHOWN:
            turns.append((seen[label], label, index))
    return tuple(index for _, _, index in sorted(turns)[:SHOWN])


def key_of(dataset: str) -> tuple[str, str]:
    """The name and the digest that a run or a link gives; a digest may be missing."""
    name, _, digest = dataset.partition("@")
    return name, digest
