"""Where grey levels part into dark and light (Otsu 1979)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 64


def split(grey: NDArray[np.float64]) -> float:
    """The level between two classes that leaves the least variance within them."""
    return splits(grey)[0]


def splits(grey: NDArray[np.float64]) -> tuple[float, ...]:
    """The level that parts two classes, then both that part three."""
    counts, edges = np.histogram(grey, BINS)
    centre = (edges[1:] + edges[:-1]) / 2
    weight = np.concatenate([[0], np.cumsum(counts)]).astype(float)  # of all bins before
    mass = np.concatenate([[0], np.cumsum(counts * centre)])

    def between(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the class of these bins adds to the variance between classes."""
        inside = weight[last] - weight[first]
        added = np.zeros(inside.shape)
        np.divide((mass[last] - mass[first]) ** 2, inside, out=added, where=inside > 0)
        return added

    one = np.arange(1, BINS)
    zero, end = np.zeros_like(one), np.full_like(one, BINS)
    two = between(zero, one) + between(one, end)
    low, high = np.meshgrid(one, one, indexing="ij")
    three = (
        between(np.zeros_like(low), low)
        + between(low, np.maximum(low, high))
        + between(high, np.full_like(low, BINS))
    )
    three[high <= low] = -1
    best = np.unravel_index(three.argmax(), three.shape)
    return tuple(float(edges[at]) for at in (_middle(two), low[best], high[best]))


def _middle(values: NDArray[np.float64]) -> int:
    """The middle of the places where this is largest: between two clean levels all are as good."""
    return int(np.flatnonzero(values >= values.max() * (1 - 1e-9)).mean()) + 1
