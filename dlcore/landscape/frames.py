"""The coordinates in which a run is followed while it trains: two directions, from its first weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dlcore.landscape.directions import Weights, check_alike, drawn_direction, flat, unflat
from dlcore.landscape.planes import MARGIN, Plane, Window, path_plane

POINTS = 11  # along each side of the ground under a run: coarse, since it is measured again and again


@dataclass(frozen=True)
class Place:
    """Coordinates in a frame. `held`: of the squared way from the first weights to here, the share that the
    frame shows, 0..1; None where nothing has moved, or is a number no more.
    """

    alpha: float
    beta: float
    held: float | None


@dataclass(frozen=True)
class Frame:
    """`first` and `second` (P,) float64 have length 1, at right angles. The first weights lie at (0, 0).

    `along`: are they those in which another run moved most? Else they are random.
    """

    start: Weights
    first: Tensor
    second: Tensor
    window: Window
    along: bool

    def place(self, weights: Weights) -> Place:
        """The orthogonal projection of what has moved."""
        moved = flat(weights).sub_(flat(self.start))
        alpha, beta, way = float(moved @ self.first), float(moved @ self.second), float(moved @ moved)
        held = (alpha**2 + beta**2) / way if way else math.nan
        return Place(alpha, beta, min(1.0, held) if math.isfinite(held) else None)

    def cut(self, weights: Weights, window: Window) -> Plane:
        """The plane through these weights, in the coordinates of the frame."""
        here = self.place(weights)
        origin = flat(weights).sub_(self.first, alpha=here.alpha).sub_(self.second, alpha=here.beta)
        first, second = (unflat(direction, weights) for direction in (self.first, self.second))
        return Plane(unflat(origin, weights), first, second, window)


def make_frame(start: Weights, before: Sequence[Weights] = (), *, seed: int = 0) -> Frame:
    """Along the two directions in which the run `before` moved most, else along two random ones.

    `before`: the stops of that run. Random directions have the norms of the filters of `start`. Raises
    ConfigError if the networks are not of one architecture.
    """
    if not _moved(before):
        generator = torch.Generator().manual_seed(seed)
        one, two = (drawn_direction(start, generator) for _ in range(2))
        first, second = _at_right_angles(one, two)
        half = float(one.norm())
        return Frame(start, first, second, Window((-half, half), (-half, half)), along=False)
    check_alike(start, before[0])
    plane = path_plane(before, range(len(before)), seed=seed).plane
    first, second = _at_right_angles(flat(plane.first), flat(plane.second))
    ways = [flat(stop).sub_(flat(before[0])) for stop in before]
    window = square((float(way @ first), float(way @ second)) for way in ways)
    return Frame(start, first, second, window, along=True)


def _moved(stops: Sequence[Weights]) -> bool:
    """Do they differ at all? Else no direction is theirs."""
    return any(not torch.equal(stop[name], stops[0][name]) for stop in stops for name in stop)


def _at_right_angles(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    first = one / one.norm()
    rest = two - (two @ first) * first
    return first, rest / rest.norm()


# --- The square that is looked at ---------------------------------------------------------------


def square(points: Iterable[tuple[float, float]]) -> Window:
    """Around these points, some room beside them."""
    alphas, betas = zip(*points, strict=True)
    middles = [(max(axis) + min(axis)) / 2 for axis in (alphas, betas)]
    half = max(max(axis) - min(axis) for axis in (alphas, betas)) / 2 * MARGIN or 1.0
    return Window(*((middle - half, middle + half) for middle in middles))


def inside(window: Window, alpha: float, beta: float) -> bool:
    (left, right), (near, far) = window.alpha, window.beta
    return left <= alpha <= right and near <= beta <= far


def widened(window: Window, points: Sequence[tuple[float, float]]) -> Window:
    """The same if it holds these points; else a square around both it and them, a quarter wider at least."""
    if all(inside(window, *point) for point in points):
        return window
    return square([*zip(window.alpha, window.beta, strict=True), *points])


def on_a_point(window: Window, alpha: float, beta: float) -> Window:
    """Moved by half a cell at most, so that a point of the grid lies here: there the ground is exact."""
    (left, right), (near, far) = window.alpha, window.beta
    aside, ahead = (_offset(*of) for of in ((left, right, alpha), (near, far, beta)))
    return Window((left + aside, right + aside), (near + ahead, far + ahead))


def _offset(low: float, high: float, value: float) -> float:
    cell = (high - low) / (POINTS - 1)
    return value - (low + round((value - low) / cell) * cell)
