"""The points: shapes drawn by seed, one's own, and what stands in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dlcore.errors import DataError
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import SIDE

Array = NDArray[Any]
REACH = 5.0  # as far out as the shapes go
MOST_OWN = 1000
EACH = "Each point must be two numbers and its class."


@dataclass(frozen=True)
class Points:
    """(N, 2) places and (N,) targets, -1 or 1 of a class, float32; the first `train` are trained on."""

    places: Array
    targets: Array
    train: int

    def __repr__(self) -> str:
        return f"Points({self.train} to train on, {len(self.targets) - self.train} to test on)"


# Each gives (N, 2) places and (N,) targets; noise is 0 to 0.5.
Shape = Callable[[Generator, int, float], tuple[Array, Array]]


def _halves(count: int) -> Array:
    return np.where(np.arange(count) % 2, -1.0, 1.0)


def _circle(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    targets = _halves(count)
    low, high = np.where(targets > 0, 0.0, 0.7 * REACH), np.where(targets > 0, 0.5 * REACH, REACH)
    radius, angle = draw.uniform(low, high), draw.uniform(0, 2 * np.pi, count)
    places = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return places + draw.uniform(-REACH, REACH, (count, 2)) * noise / 2, targets


def _xor(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    places = draw.uniform(-REACH, REACH, (count, 2))
    places += np.where(places > 0, 0.3, -0.3)  # a gap along the axes
    stray = draw.uniform(-REACH, REACH, (count, 2)) * noise
    return places, np.where(np.prod(places + stray, axis=1) >= 0, 1.0, -1.0)


def _gauss(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    targets, spread = _halves(count), np.sqrt(0.5 + 7 * noise)
    return 2 * targets[:, None] + draw.normal(0, spread, (count, 2)), targets


def _spiral(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    targets = _halves(count)
    way = np.arange(count) // 2 / max(1, count // 2)
    angle = 1.75 * way * 2 * np.pi + np.where(targets > 0, 0, np.pi)
    places = (REACH * way)[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return places + draw.uniform(-1, 1, (count, 2)) * noise, targets


def _moons(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    targets, angle = _halves(count), draw.uniform(0, np.pi, count)
    places = 3.2 * np.stack([np.cos(angle) - 0.5 * targets, targets * (np.sin(angle) - 0.25)], axis=1)
    return places + draw.normal(0, 0.15 + 2 * noise, (count, 2)), targets


def _line(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    targets, slope = _halves(count), draw.uniform(0, 2 * np.pi)
    along, apart = draw.uniform(-REACH, REACH, count), draw.uniform(0.6, REACH, count) * targets
    places = np.stack(
        [np.cos(slope) * along - np.sin(slope) * apart, np.sin(slope) * along + np.cos(slope) * apart], 1
    )
    return places + draw.normal(0, 3 * noise, (count, 2)), targets


def _and(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    corners = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])[np.arange(count) % 4]
    places = 2.5 * corners + draw.normal(0, 0.6 + 2 * noise, (count, 2))
    return places, np.where(corners.min(axis=1) > 0, 1.0, -1.0)


def _or(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    corners = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])[np.arange(count) % 4]
    places = 2.5 * corners + draw.normal(0, 0.6 + 2 * noise, (count, 2))
    return places, np.where(corners.max(axis=1) > 0, 1.0, -1.0)


def _plane(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    places = draw.uniform(-SIDE, SIDE, (count, 2))
    stray = draw.uniform(-SIDE, SIDE, (count, 2)) * noise
    return places, np.clip((places + stray).sum(axis=1) / 10, -1, 1)


HILLS = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]])


def _hills(draw: Generator, count: int, noise: float) -> tuple[Array, Array]:
    places = draw.uniform(-SIDE, SIDE, (count, 2))
    strayed = places + draw.uniform(-SIDE, SIDE, (count, 2)) * noise
    away = np.linalg.norm(strayed[:, None] - HILLS[:, :2], axis=2)
    return places, (HILLS[:, 2] * np.clip(1 - away / 2, 0, 1)).sum(axis=1)


SHAPES: Mapping[str, Shape] = {
    "circle": _circle,
    "xor": _xor,
    "gauss": _gauss,
    "spiral": _spiral,
    "moons": _moons,
    "line": _line,
    "and": _and,
    "or": _or,
    "plane": _plane,
    "hills": _hills,
}


def make_points(config: PlaygroundConfig, own: Points | None = None) -> Points:
    """The points of this config. `own` are those that were drawn or read, for the data "own"."""
    draw = np.random.default_rng(config.data_seed)
    if config.data == "own":
        if own is None:
            raise DataError("Draw some points of both classes first, or paste three columns.")
        places, targets = own.places, own.targets
    else:
        places, targets = SHAPES[config.data](draw, config.points, config.noise / 100)
    places = np.clip(places, -SIDE, SIDE)
    order = draw.permutation(len(targets))
    test = max(1, round(len(order) * config.test_share / 100))
    return Points(
        places[order].astype(np.float32), targets[order].astype(np.float32), max(1, len(order) - test)
    )


def checked_rows(rows: Any, *, numbers: bool = False) -> Array:
    """One's own points as far as they were put down: (N, 3) float64 of x1, x2 and the class, -1 or 1; or,
    where `numbers` are to be predicted, any number from -1 to 1.

    Raises DataError if they are no such numbers, lie outside the plane, or are too many.
    """
    try:
        found = np.array(rows, dtype=np.float64) if len(rows) else np.empty((0, 3))
    except (TypeError, ValueError, OverflowError):
        raise DataError(EACH) from None
    if found.ndim != 2 or found.shape[1] != 3 or not np.isfinite(found).all():
        raise DataError(EACH)
    if len(found) > MOST_OWN:
        raise DataError(f"Points must be at most {MOST_OWN:,}. Got {len(found):,} instead.")
    if (np.abs(found[:, :2]) > SIDE).any():
        raise DataError(f"Points must lie between −{SIDE:g} and {SIDE:g} on both axes.")
    if (np.abs(found[:, 2]) > 1).any() or not (numbers or (np.abs(found[:, 2]) == 1).all()):
        raise DataError("The class of a point must be −1 or 1.")
    return found


def own_points(rows: Any) -> Points:
    """One's own points, to learn from. Raises DataError also if they are not of both classes."""
    found = checked_rows(rows)
    if len(set(found[:, 2])) < 2:
        raise DataError("Points must be of two classes, and there must be some of each.")
    return Points(found[:, :2], found[:, 2], len(found))
