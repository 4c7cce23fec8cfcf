"""How unlike the training digits an image is: a distance between what the shipped network makes of them.

Its last layer but one gives every image 256 features. Their directions are compared: the distance is 1 minus
the mean cosine to the three nearest of 2,000 training digits. The nearest neighbour's distance tells digits
from other pictures better than the largest of ten shares (Sun, Ming, Zhu, Li 2022, "Out-of-Distribution
Detection with Deep Nearest Neighbors"). What it means is read off held-out digits: how many are nearer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.errors import DataError
from dlcore.mnist.files import ASSETS
from dlcore.mnist.normalize import NORMALIZE, Normalize
from dlcore.nets.registry import private_copy
from dlcore.npz import read_npz
from dlcore.serving.predictor import compiled
from dlcore.training.config import TrainConfig

STATISTICS = ASSETS / "unlike"
KNOWN = 2000  # training digits compared with
NEAREST = 3
HELD_OUT = 5000  # test digits that say what a distance means; the other 5,000 say how often it errs
LINE = 0.98  # of the held-out digits are nearer: beyond it an image is called unlike a digit
STEPS = 0.5 / 255  # a feature of a direction, 0 to 0.5, takes a byte

Directions = NDArray[np.float32]


@dataclass(frozen=True)
class Unlike:
    """An image's distance from the training digits, in three units."""

    distance: float  # 0 is the same direction, 1 has nothing in common
    times: float  # as far as the usual held-out digit
    share: float  # of the held-out digits are nearer

    @property
    def beyond(self) -> bool:
        return self.share >= LINE


@dataclass(frozen=True)
class Rates:
    """How often an image is called unlike a digit, by kind; `digits` are held-out ones, wrongly called so."""

    digits: float
    others: Mapping[str, float]


class Yardstick:
    """Measures images. Read-only: any number of sessions may share it."""

    def __init__(self, features: nn.Module, normalize: Normalize, known: Directions, distances: Directions):
        self._features = features
        self._normalize = normalize
        self._known = torch.from_numpy(known)  # (KNOWN, 256), each of length 1 but for rounding
        self._distances = distances  # of held-out digits, the nearest first

    def measure(self, digit: NDArray[np.uint8]) -> Unlike:
        """`digit`: (28, 28) uint8, 0 = paper, 255 = ink."""
        return self.measure_all(digit[None])[0]

    def measure_all(self, digits: NDArray[np.uint8]) -> list[Unlike]:
        """`digits`: (B, 28, 28) uint8."""
        held_out = self._distances
        usual = float(held_out[held_out.size // 2])
        distances = _nearest(_directions(self._features, self._normalize, digits), self._known).numpy()
        shares = np.searchsorted(held_out, distances) / held_out.size
        return [Unlike(float(d), float(d) / usual, float(s)) for d, s in zip(distances, shares, strict=True)]


def last_but_one(model: nn.Module) -> nn.Module:
    """A copy of a FastCNN that ends before its last layer."""
    features = private_copy(model)
    features.fc2 = nn.Identity()
    return features


def directions(features: nn.Module, normalize: Normalize, digits: NDArray[np.uint8]) -> Directions:
    """(B, 28, 28) uint8 -> (B, 256), each of length 1; all 0 where no feature wakes."""
    result: Directions = _directions(features, normalize, digits).numpy()
    return result


def nearest(found: Directions, known: Directions) -> Directions:
    """(B,): 1 minus the mean cosine to the nearest of what is known."""
    distance: Directions = _nearest(torch.from_numpy(found), torch.from_numpy(known)).numpy()
    return distance


@torch.inference_mode()
def _directions(features: nn.Module, normalize: Normalize, digits: NDArray[np.uint8]) -> Tensor:
    images = torch.from_numpy(np.ascontiguousarray(digits))[:, None]
    found: Tensor = features(normalize(images))
    return nn.functional.normalize(found, dim=1)


@torch.inference_mode()
def _nearest(found: Tensor, known: Tensor) -> Tensor:
    """All in torch: the threads of NumPy's own products cost ten times the product when cores are busy."""
    cosines = found @ known.T
    return 1 - cosines.topk(NEAREST, dim=1, sorted=False).values.mean(dim=1)


def make_yardstick(model: nn.Module, config: TrainConfig, folder: Path = STATISTICS) -> Yardstick:
    """`model` is the shipped network, of whose features the statistics were made.

    Raises DataError if they cannot be read.
    """
    try:
        kept = read_npz(folder / "known.npz")
        known, distances = kept["known"].astype(np.float32) * np.float32(STEPS), kept["distances"]
    except (OSError, ValueError, KeyError) as error:
        raise _missing(folder, error) from error
    return Yardstick(compiled(last_but_one(model)), NORMALIZE[config.normalize], known, distances)


def read_rates(folder: Path = STATISTICS) -> Rates:
    """Raises DataError if they cannot be read."""
    try:
        return Rates(**json.loads((folder / "rates.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _missing(folder, error) from error


def _missing(folder: Path, error: Exception) -> DataError:
    return DataError(
        f"What is known of digits cannot be read ({error}): put back {folder} from the repository."
    )
