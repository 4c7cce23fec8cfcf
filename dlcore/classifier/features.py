"""What the borrowed network finds in a picture: 1,280 numbers, and which pictures have nearly the same.

EfficientNet-Lite0 without its last layer. It was trained on a million photographs of a thousand classes;
what it learned to find there serves to tell other things apart (Donahue et al. 2014, arXiv 1310.1531).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlcore.classifier.config import Fit
from dlcore.classifier.pictures import opened
from dlcore.classifier.project import Picture
from dlcore.classifier.squares import as_batch, square
from dlcore.events import Stage
from dlcore.vision.lite0 import EfficientNetLite0

# Cosine of two pictures' features. Of the lab's own, no two different ones come above 0.85, and 99 of 100
# near-copies, cut, mirrored, lighter or darker, above 0.86.
NEAR = 0.86


@dataclass(frozen=True)
class Features:
    """`values` (N, 1280) float32, a row for each picture's digest."""

    digests: tuple[str, ...]
    values: NDArray[np.float32]


def iter_features(
    network: EfficientNetLite0, pictures: Sequence[Picture], fit: Fit
) -> Iterator[Stage | Features]:
    """One by one: a batch is no quicker on one thread. The last event is the Features."""
    found = []
    for number, picture in enumerate(pictures, 1):
        found.append(features_of(network, picture, fit).numpy())
        yield Stage(number / len(pictures), f"Reading picture {number} of {len(pictures)}")
    yield Features(tuple(picture.digest for picture in pictures), np.stack(found))


def features_of(network: EfficientNetLite0, picture: Picture, fit: Fit) -> Tensor:
    """(1280,) float32."""
    with torch.inference_mode():
        found: Tensor = network.features(as_batch(square(opened(picture), fit)))[0]
    return found.clone()


def groups_of(features: Tensor, near: float = NEAR) -> Tensor:
    """(N, 1280) -> (N,) int64: pictures that are near-copies, directly or through others, share a number."""
    unit = torch.nn.functional.normalize(features, dim=1)
    linked = unit @ unit.T > near
    group = torch.arange(len(features))
    while True:  # each takes the least number among its neighbours, until nothing changes
        least = torch.where(linked, group[None, :], len(features)).min(1).values.minimum(group)
        if torch.equal(least, group):
            return group
        group = least
