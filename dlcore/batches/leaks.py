"""Near-copies of test digits among the training digits: how much too good a score they make.

The reader is the simplest there is: a digit is what the nearest training digit is (Cover, Hart 1967).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dlcore.data import Samples
from dlcore.mnist.files import load_test, load_train

TRAIN, TEST = 1_000, 500  # digits
SHIFT, NOISE = 1, 0.05  # pixels that a copy is moved by, and the deviation of what is added, of 0..1


@dataclass(frozen=True)
class Leak:
    """Shares right of TEST digits, 0 to 1. `copies` of them have a near-copy among the training digits.

    `shuffled` and `shuffled_leaked` are the same with labels drawn at random, a copy's that of its digit.
    """

    copies: int
    honest: float
    leaked: float
    shuffled: float
    shuffled_leaked: float


def measure_leak(share: float, seed: int) -> Leak:
    """`share` of the test digits, 0 to 1, are copied into training: moved by a pixel, with noise."""
    draw = torch.Generator().manual_seed(seed)
    train, test = _some(load_train(), TRAIN, draw), _some(load_test(), TEST, draw)
    copied = torch.randperm(TEST, generator=draw)[: round(share * TEST)]
    kept, asked = _flat(train.images), _flat(test.images)
    copies = _flat(_near_copies(test.images[copied], draw))
    drawn = torch.randint(10, (TRAIN,), generator=draw), torch.randint(10, (TEST,), generator=draw)
    distances = torch.cdist(asked, kept), torch.cdist(asked, copies)

    def right(labels: Tensor, truth: Tensor, *, leaked: bool) -> float:
        pool = torch.cat([labels, truth[copied]]) if leaked else labels
        far = torch.cat(distances, 1) if leaked else distances[0]
        return float((pool[far.argmin(1)] == truth).float().mean())

    return Leak(
        len(copied),
        right(train.labels, test.labels, leaked=False),
        right(train.labels, test.labels, leaked=True),
        right(*drawn, leaked=False),
        right(*drawn, leaked=True),
    )


def _some(samples: Samples, count: int, draw: torch.Generator) -> Samples:
    return samples[torch.randperm(len(samples), generator=draw)[:count]]


def _flat(images: Tensor) -> Tensor:
    return images.reshape(len(images), 784).float() / (255 if images.dtype == torch.uint8 else 1)


def _near_copies(images: Tensor, draw: torch.Generator) -> Tensor:
    """(K, 1, 28, 28) uint8 -> float 0..1, as a photograph taken a second later would be."""
    moved = images.roll(SHIFT, dims=-1).float() / 255
    return (moved + NOISE * torch.randn(moved.shape, generator=draw)).clamp(0, 1)
