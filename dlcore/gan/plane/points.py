"""Real points in the plane, and how well fakes cover them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlcore.errors import DataError
from dlcore.gan.plane.config import PlaneConfig

Array = NDArray[Any]
SIDE = 2.0  # the plane goes from -SIDE to SIDE
MODES, SPREAD = 8, 0.08  # of the ring: clouds on a circle of radius 1, and their deviation
NEAR = 3 * SPREAD  # a fake is good if a mode, or a real point, is as near
FOUND = 0.25  # of an even share of the fakes makes a mode count as found
MOST_OWN = 500


def centres() -> Array:
    """(MODES, 2) of the ring."""
    angles = 2 * np.pi * np.arange(MODES) / MODES
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def real_points(config: PlaneConfig, draw: Generator, count: int, own: Array | None = None) -> Array:
    """(count, 2) float32. `own` (N, 2) are drawn points, for the data "own".

    Raises DataError if there are none.
    """
    match config.data:
        case "ring":
            found = centres()[draw.integers(MODES, size=count)] + draw.normal(0, SPREAD, (count, 2))
        case "line":
            along = draw.uniform(-1.4, 1.4, count)
            found = np.stack([along, 0.5 * along], axis=1) + draw.normal(0, 0.06, (count, 2))
        case "moons":
            side, angle = draw.integers(2, size=count) * 2 - 1, draw.uniform(0, np.pi, count)
            found = 0.9 * np.stack([np.cos(angle) - 0.5 * side, side * (np.sin(angle) - 0.25)], axis=1)
            found += draw.normal(0, 0.06, (count, 2))
        case "own":
            if own is None or not len(own):
                raise DataError("Draw some points first: the forger needs something to imitate.")
            found = own[draw.integers(len(own), size=count)] + draw.normal(0, 0.04, (count, 2))
    return found.astype(np.float32)


def own_points(rows: Any) -> Array:
    """(N, 2) that somebody drew. Raises DataError if they are no such numbers or lie outside the plane."""
    try:
        found = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise DataError("Each point must be two numbers.") from None
    if found.size == 0:
        return np.empty((0, 2))
    if found.ndim != 2 or found.shape[1] != 2 or not np.isfinite(found).all():
        raise DataError("Each point must be two numbers.")
    if len(found) > MOST_OWN:
        raise DataError(f"Points must be at most {MOST_OWN}. Got {len(found):,} instead.")
    if (np.abs(found) > SIDE).any():
        raise DataError(f"Points must lie between −{SIDE:g} and {SIDE:g} on both axes.")
    return found


def modes_found(fakes: Array) -> int:
    """Of the ring: at how many of its clouds at least FOUND of an even share of the fakes (N, 2) lies."""
    apart = np.linalg.norm(fakes[:, None] - centres(), axis=2)
    nearest, near = apart.argmin(1), apart.min(1) < NEAR
    counts = np.bincount(nearest[near], minlength=MODES)
    return int((counts >= FOUND * len(fakes) / MODES).sum())


def good_share(config: PlaneConfig, fakes: Array, real: Array) -> float:
    """The share of fakes (N, 2) that lie near a mode of the ring, or near one of the real points (M, 2)."""
    targets, near = (centres(), NEAR) if config.data == "ring" else (real, 0.15)
    apart = np.linalg.norm(fakes[:, None] - targets, axis=2)
    return float((apart.min(1) < near).mean())
