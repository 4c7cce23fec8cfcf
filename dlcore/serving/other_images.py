"""What a network makes of other people's digits: how many are right, and whether they stand upright."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.data import Prepare, Samples
from dlcore.mnist.image_sets import ImageSet, read_set
from dlcore.nets.shapes import CHUNK
from dlcore.training.modes import mode
from dlcore.words import percent

SHOWN = 12  # images
AT_ONCE = 500  # digits that a page asks about
AT_ONCE_BYTES = 50_000_000  # of a file that a page reads, unpacked: 60,000 images
LOOKED_AT = 100  # digits that are tried in every orientation
GAIN = 0.25  # of them right more than as they are: then they were turned. Upright digits gain nothing

# How an image must be turned to stand as the network knows it.
TURNS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "as they are": lambda images: images,
    "transposed": lambda images: images.transpose(2, 3),
    "a quarter to the left": lambda images: images.rot90(1, (2, 3)),
    "a quarter to the right": lambda images: images.rot90(-1, (2, 3)),
    "upside down": lambda images: images.rot90(2, (2, 3)),
    "mirrored": lambda images: images.flip(3),
    "mirrored and upside down": lambda images: images.flip(2),
    "transposed and upside down": lambda images: images.transpose(2, 3).rot90(2, (2, 3)),
    "as negatives": lambda images: 255 - images,
}


@dataclass(frozen=True)
class Standing:
    """For each turn, the share that is right of a few digits; `better` is the turn in which far more are."""

    shares: Mapping[str, float]
    better: str = ""

    @property
    def suspicion(self) -> str:
        """What is wrong with how they stand, in a sentence; "" if nothing is."""
        if not self.better:
            return ""
        now, then = (percent(self.shares[turn]) for turn in ("as they are", self.better))
        return f"These digits may be stored another way: as they are {now} are right, {self.better} {then}."


@dataclass(frozen=True)
class Judged:
    """Of `total` digits so many are right; none where a set shows something else."""

    right: int
    total: int


@dataclass(frozen=True)
class Look:
    """What is shown of a set at once: what it is, a few of its images with their classes, two judgements."""

    about: str
    images: tuple[NDArray[np.uint8], ...]  # each (28, 28)
    names: tuple[str, ...]
    judged: Judged
    suspicion: str


def look(
    files: Mapping[str, bytes], network: tuple[nn.Module, Prepare], known: tuple[nn.Module, Prepare]
) -> Look:
    """A set from two files by name, asked of a `network`; how it stands says the one that is `known` to read.

    Takes about a tenth of a second. Raises DataError if the files are no set.
    """
    images = read_set(files, AT_ONCE_BYTES)
    few = images.samples[:SHOWN]
    return Look(
        images.about(),
        tuple(few.images[:, 0].numpy()),
        tuple(images.family.classes[label] for label in few.labels.tolist()),
        judge(*network, images, AT_ONCE),
        standing(*known, images).suspicion,
    )


def judge(
    model: nn.Module, prepare: Prepare, images: ImageSet, limit: int | None = None, *, own: bool = False
) -> Judged:
    """Ask a network about the digits of a set, the first `limit` of them. The model is left as found.

    With `own` about all of its images: the network has learnt from such ones.
    """
    digits = images.samples[:limit] if own else _digits(images, limit)
    return Judged(_right(model, prepare, digits), len(digits))


def standing(model: nn.Module, prepare: Prepare, images: ImageSet) -> Standing:
    """Do the digits of a set stand as those do that this network has learnt? The model is left as found."""
    few = _digits(images, LOOKED_AT)
    if not len(few):
        return Standing({})
    shares = {
        name: _right(model, prepare, Samples(turn(few.images).contiguous(), few.labels)) / len(few)
        for name, turn in TURNS.items()
    }
    best = max(shares, key=shares.__getitem__)
    return Standing(shares, best if shares[best] > shares["as they are"] + GAIN else "")


def _digits(images: ImageSet, limit: int | None) -> Samples:
    known = torch.nonzero(images.samples.labels < images.family.digits).flatten()
    return images.samples[known[:limit]]


@torch.inference_mode()
def _right(model: nn.Module, prepare: Prepare, digits: Samples) -> int:
    if not len(digits):
        return 0
    with mode(model, training=False):
        parts = zip(digits.images.split(CHUNK), digits.labels.split(CHUNK), strict=True)
        return sum(int((model(prepare(x)).argmax(1) == y).sum()) for x, y in parts)
