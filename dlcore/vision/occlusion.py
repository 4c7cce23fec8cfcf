"""Where a network looked: what becomes of its answer while a grey square covers a part of the picture.

Zeiler and Fergus 2014 (arXiv 1311.2901), figure 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.events import Stage

PLACES = 10  # along each side
SQUARE = 0.2  # of the side: two places wide, so that what is covered overlaps


@dataclass(frozen=True)
class Occlusion:
    """The share of the class at `place`, whole and, (PLACES, PLACES), with the square over each middle."""

    place: int
    whole: float
    covered: NDArray[np.float32]

    @property
    def lost(self) -> NDArray[np.float32]:
        """How much of its share the class loses; below 0 where it gains."""
        return np.float32(self.whole) - self.covered


def iter_occlusion(
    network: nn.Module, batch: Tensor, place: int, grey: Tensor, places: int = PLACES
) -> Iterator[Stage | Occlusion]:
    """Slide the square over the first picture of a batch; the last event is an Occlusion.

    `grey` (1, 3, 1, 1) is what it is filled with. The network is only asked.
    """
    batch, covered = batch[:1], np.zeros((places, places), np.float32)
    whole = _share(network, batch, place)
    for row in range(places):
        for column in range(places):
            down, across = _span(row, places, batch.shape[2]), _span(column, places, batch.shape[3])
            under = batch.clone()
            under[:, :, down, across] = grey
            covered[row, column] = _share(network, under, place)
            done = row * places + column + 1
            yield Stage(done / places**2, f"{done} of {places**2} places covered")
    yield Occlusion(place, whole, covered)


def _span(index: int, places: int, side: int) -> slice:
    """What of a side the square covers at a place, as far as the picture goes."""
    middle, half = (index + 0.5) * side / places, SQUARE * side / 2
    return slice(max(0, round(middle - half)), min(side, round(middle + half)))


def _share(network: nn.Module, batch: Tensor, place: int) -> float:
    with torch.inference_mode():
        return float(network(batch)[0].softmax(0)[place])
