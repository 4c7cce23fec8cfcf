"""What the lab's reader of digits sees in drawings, and how far they lie from real ones.

A sure reader is no proof: it must say one of ten, and is sure of noise too. So the distance stands beside it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dlcore.data import Samples
from dlcore.events import Tick
from dlcore.gan.data import as_pixels
from dlcore.gan.frechet import Cloud, cloud_of, frechet_distance
from dlcore.gan.networks import CLASSES
from dlcore.gan.networks import Generator as Forger
from dlcore.mnist.normalize import Normalize
from dlcore.nets.fast_cnn import FastCNN

SURE = 0.9  # a share of the vote above which the reader counts as sure
CHUNK = 50  # images at once: some 10 ms of one core


@dataclass(frozen=True)
class Reader:
    """A network that reads digits, in eval mode, and what it makes of real ones that nobody learned from: of
    each digit, and under None of all.
    """

    network: FastCNN
    prepare: Normalize
    real: Mapping[int | None, Cloud]


@dataclass(frozen=True)
class Judged:
    """Of `count` drawings: how many were read as each digit, and as shares how many as the asked one, how
    many with a share above SURE. `frechet`: the distance of their features from those of the real digits that
    were asked for.
    """

    count: int
    read_as: tuple[int, ...]  # (10,)
    asked_read: float
    sure: float
    frechet: float

    @property
    def smallest_class(self) -> float:
        """The share of the digit that was read least often."""
        return min(self.read_as) / self.count

    @property
    def classes(self) -> int:
        """How many digits have at least a tenth of an even share."""
        return sum(count >= self.count / CLASSES / 10 for count in self.read_as)


@torch.no_grad()
def read(network: FastCNN, images: Tensor) -> tuple[Tensor, Tensor]:
    """Prepared images (B, 1, 28, 28) -> what the layer before the last gives (B, 256), and logits (B, 10)."""
    x = F.relu(network.pool(network.conv1(images)))
    x = F.relu(network.pool(network.conv2(x)))
    features = F.relu(network.fc1(x.flatten(1)))
    logits: Tensor = network.fc2(features)
    return features, logits


def iter_reader(network: FastCNN, prepare: Normalize, held_out: Samples) -> Generator[Tick, None, Reader]:
    """The reader, once it has seen the real digits that drawings are compared with."""
    features = []
    for images in held_out.images.split(CHUNK):
        features.append(read(network, prepare(images))[0])
        yield Tick()
    seen, clouds = torch.cat(features), dict[int | None, Cloud]()
    for digit in (None, *range(CLASSES)):
        clouds[digit] = cloud_of(seen if digit is None else seen[held_out.labels == digit])
        yield Tick()
    return Reader(network, prepare, clouds)


@torch.no_grad()
def draw(forger: Forger, noise: Tensor, labels: Tensor) -> Tensor:
    """Grey levels (B, 1, 28, 28) uint8, drawn in eval mode."""
    assert not forger.training
    return as_pixels(forger(noise, labels))


def asked_labels(count: int, digit: int | None) -> Tensor:
    """Which digits are asked for: one, or all ten in turn."""
    return torch.full((count,), digit) if digit is not None else torch.arange(count) % CLASSES


def iter_judged(
    forger: Forger, reader: Reader, digit: int | None, *, count: int, seed: int
) -> Generator[Tick, None, Judged]:
    """Draw and read so many. `digit` is the one asked for; None: all ten in turn."""
    labels = asked_labels(count, digit)
    noise = torch.randn(count, forger.noise, generator=torch.Generator().manual_seed(seed))
    features, logits = [], []
    for some, wanted in zip(noise.split(CHUNK), labels.split(CHUNK), strict=True):
        pixels = draw(forger, some, wanted)
        yield Tick()
        seen = read(reader.network, reader.prepare(pixels))
        features.append(seen[0])
        logits.append(seen[1])
        yield Tick()
    shares = torch.cat(logits).softmax(1)
    best, read_as = shares.max(1)
    yield Tick()
    distance = frechet_distance(cloud_of(torch.cat(features)), reader.real[digit])
    return Judged(
        count,
        tuple(torch.bincount(read_as, minlength=CLASSES).tolist()),
        float((read_as == labels).float().mean()),
        float((best > SURE).float().mean()),
        distance,
    )
