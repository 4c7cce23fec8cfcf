"""A wall of test digits: chosen by label or by how a network reads them, and whom each is most like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlcore.data import Samples

Order = Literal["first", "hardest", "doubtful"]
ORDERS: Mapping[str, str] = {
    "first": "As they come",
    "hardest": "Hardest",
    "doubtful": "Doubtful labels",
}
SHOWN = 60
NEIGHBOURS = 6
CHUNK = 6_000  # images compared at once


def on_the_wall(
    order: str,
    labels: NDArray[np.integer[Any]],
    predictions: NDArray[np.integer[Any]],
    confidences: NDArray[np.float32],
    losses: NDArray[np.float32],
    digit: int | None,
) -> NDArray[np.int64]:
    """The numbers of SHOWN of N digits at most, all with this label unless it is None.

    "hardest": the largest loss first. "doubtful": only those read as another digit, the surest first.
    """
    chosen = np.arange(len(labels)) if digit is None else np.flatnonzero(labels == digit)
    if order == "hardest":
        chosen = chosen[np.argsort(-losses[chosen], kind="stable")]
    elif order == "doubtful":
        chosen = chosen[predictions[chosen] != labels[chosen]]
        chosen = chosen[np.argsort(-confidences[chosen], kind="stable")]
    return chosen[:SHOWN]


def neighbours(image: Tensor, samples: Samples, count: int = NEIGHBOURS) -> tuple[tuple[int, float], ...]:
    """Those of N images that are nearest to this one (1, 28, 28), pixel by pixel: number and distance.

    A distance is the root of the summed squares of differences, each pixel 0..1.
    """
    wanted = image.reshape(1, -1).float() / 255
    near: list[tuple[float, int]] = []
    for first, images in zip(range(0, len(samples), CHUNK), samples.images.split(CHUNK), strict=True):
        pixels = images.reshape(len(images), -1).float() / 255
        distances = torch.cdist(wanted, pixels, compute_mode="donot_use_mm_for_euclid_dist")[0]
        best = distances.topk(min(count, len(distances)), largest=False)
        near += [(float(far), first + int(at)) for far, at in zip(best.values, best.indices, strict=True)]
    return tuple((at, far) for far, at in sorted(near)[:count])
