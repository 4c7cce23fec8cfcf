"""From a dataset to a batch with torch's own parts: a sampler draws, the dataset gives, collate stacks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler, Sampler, SequentialSampler

from dlcore.data import Samples

BATCH = 32  # images


class Normalized:
    """The transform of one image: 0..255 to about -0.4..2.8, as training reads it."""

    def __init__(self, mean: float, std: float) -> None:
        self.mean, self.std = mean, std

    def __call__(self, image: Tensor) -> Tensor:
        return (image / 255 - self.mean) / self.std


class Digits(Dataset[tuple[Tensor, Tensor]]):
    """What torch asks of a dataset: how many there are, and the one of this number."""

    def __init__(self, samples: Samples, transform: Normalized) -> None:
        self.samples, self.transform = samples, transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image, label = self.samples.images[index], self.samples.labels[index]
        return self.transform(image), label


def make_loader(
    dataset: Digits, *, shuffle: bool, seed: int, workers: int = 0
) -> DataLoader[tuple[Tensor, ...]]:
    """Batches of BATCH; with a seed of its own, so that nobody else's random numbers move."""
    draw = torch.Generator().manual_seed(seed)
    sampler: Sampler[int] = RandomSampler(dataset, generator=draw) if shuffle else SequentialSampler(dataset)
    return DataLoader(
        dataset,
        batch_size=BATCH,
        sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
        generator=torch.Generator().manual_seed(seed),  # of workers: the sampler has its own
    )


@dataclass(frozen=True)
class Item:
    """One image on its way: its number in the dataset, and SHOWN of its pixels before and after."""

    index: int
    label: int
    raw: tuple[int, ...]
    scaled: tuple[float, ...]


@dataclass(frozen=True)
class Passage:
    """One batch. `pixels`: (BATCH, 28, 28) as they are kept; `low`, `high`, `mean` of the batch's numbers."""

    items: tuple[Item, ...]
    pixels: NDArray[np.uint8]
    shape: tuple[int, ...]
    low: float
    high: float
    mean: float
    total: int  # images there are
    batches: int  # in an epoch
    labels: tuple[int, ...]  # how often each digit is in this batch


SHOWN = 4  # pixels, from paper to the darkest ink


def first_batch(samples: Samples, transform: Normalized, *, shuffle: bool, seed: int) -> Passage:
    """The first batch of an epoch, as the loader gives it, and the way of each of its images."""
    dataset = Digits(samples, transform)
    loader = make_loader(dataset, shuffle=shuffle, seed=seed)
    drawn = make_loader(dataset, shuffle=shuffle, seed=seed).batch_sampler
    assert drawn is not None
    indices = next(iter(drawn))
    batch, labels = next(iter(loader))
    items = []
    for index, image in zip(indices, batch, strict=True):
        raw = samples.images[index].flatten()
        levels = raw.unique()
        places = [int((raw == level).nonzero()[0]) for level in levels[_spread(len(levels))]]
        scaled = image.flatten()[places].tolist()
        items.append(Item(index, int(samples.labels[index]), tuple(raw[places].tolist()), tuple(scaled)))
    return Passage(
        items=tuple(items),
        pixels=samples.images[indices, 0].numpy(),
        shape=tuple(batch.shape),
        low=float(batch.min()),
        high=float(batch.max()),
        mean=float(batch.mean()),
        total=len(dataset),
        batches=math.ceil(len(dataset) / BATCH),
        labels=tuple(torch.bincount(labels, minlength=10).tolist()),
    )


def _spread(count: int) -> list[int]:
    """SHOWN places among so many, the first and the last of them included."""
    return [round(step * (count - 1) / (SHOWN - 1)) for step in range(SHOWN)]
