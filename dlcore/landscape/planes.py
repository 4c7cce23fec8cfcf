"""Two-dimensional cuts through the space of all weights: where they lie, and how much they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlcore.errors import ConfigError
from dlcore.landscape.directions import (
    Normalisation,
    Weights,
    check_alike,
    difference,
    drawn_direction,
    flat,
    random_direction,
    unflat,
)

MARGIN = 1.25  # of the half width that a path takes
PART = 16_384  # dimensions of all stops at a time: float64 copies of whole runs would be large


@dataclass(frozen=True)
class Window:
    """The part of a plane that is looked at: alpha along the first direction, beta along the second."""

    alpha: tuple[float, float]
    beta: tuple[float, float]

    def axes(self, resolution: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The alphas and betas of a grid, `resolution` each; of a window around 0 the middle one is 0."""
        steps = np.arange(1 - resolution, resolution, 2) / (resolution - 1)  # -1..1
        alphas, betas = ((low + high) / 2 + (high - low) / 2 * steps for low, high in (self.alpha, self.beta))
        return alphas, betas


@dataclass(frozen=True)
class Plane:
    """All networks origin + alpha·first + beta·second."""

    origin: Weights
    first: Weights
    second: Weights
    window: Window


@dataclass(frozen=True)
class Placed:
    """A network seen from a plane: its coordinates, and how far beside the plane it lies (L2 norm)."""

    alpha: float
    beta: float
    distance: float


@dataclass(frozen=True)
class PathPlane:
    """The plane along which the stops of a run lie farthest apart, through its last stop.

    `shares` of the stops' variance lie along the two directions. `by_chance` is what a random walk in very
    many dimensions with the same stops would put on its best plane: 0.76 for many stops (Antognini and
    Sohl-Dickstein, "PCA of high dimensional random walks", 2018).
    """

    plane: Plane
    stops: tuple[Placed, ...]
    shares: tuple[float, float]
    by_chance: float

    @property
    def held(self) -> float:
        """The share of the movement that the plane shows, 0..1."""
        return sum(self.shares)


def random_plane(
    weights: Weights,
    *,
    seed: int,
    extent: float = 1.0,
    normalisation: Normalisation = "filter",
    fix_biases: bool = True,
) -> Plane:
    """Through the network along two random directions, `extent` times the weights' own norms each way."""
    generator = torch.Generator().manual_seed(seed)
    first, second = (
        random_direction(weights, generator, normalisation=normalisation, fix_biases=fix_biases)
        for _ in range(2)
    )
    return Plane(weights, first, second, Window((-extent, extent), (-extent, extent)))


def plane_through(
    one: Weights, two: Weights, three: Weights, *, extent: float = 1.0, around: Sequence[Weights] = ()
) -> Plane:
    """The plane of three networks, with axes of length 1 at right angles. `one` lies at (0, 0).

    The window holds the three, and the shadows of those `around`.

    Raises ConfigError if they are not of one architecture, or lie on one line.
    """
    along, aside = flat(difference(two, one)), flat(difference(three, one))
    first = along / along.norm().clamp_min(1e-30)
    rest = aside - (aside @ first) * first
    if along.norm() == 0 or rest.norm() <= 1e-6 * aside.norm():
        raise ConfigError("The three networks lie on one line: choose three others.")
    second = rest / rest.norm()
    plane = Plane(one, unflat(first, one), unflat(second, one), Window((-1, 1), (-1, 1)))
    corners = [(stop.alpha, stop.beta) for stop in place(plane, (one, two, three, *around))]
    return replace(plane, window=_around(np.array(corners), extent))


def path_plane(
    stops: Sequence[Weights], steps: Sequence[int], *, seed: int, extent: float = 1.0
) -> PathPlane:
    """The principal plane of a run's stops, whose `steps` say when they were.

    Two stops span a line only: the second direction is a random one at right angles. Raises ConfigError if
    there is one stop, if they are not of one architecture, or if nothing moved.
    """
    if len(stops) < 2:
        raise ConfigError("A path needs two checkpoints: train two more epochs, or choose random directions.")
    last = stops[-1]
    for stop in stops:
        check_alike(stop, last)
    directions, shares = _principal(stops, last)
    if len(directions) < 2:
        generator = torch.Generator().manual_seed(seed)
        drawn = drawn_direction(last, generator)
        drawn -= (drawn @ directions[0]) * directions[0]
        directions.append(drawn / drawn.norm())
    first, second = directions
    plane = Plane(last, unflat(first, last), unflat(second, last), Window((-1, 1), (-1, 1)))
    placed = place(plane, stops)
    window = _around(np.array([(stop.alpha, stop.beta) for stop in placed]), extent)
    return PathPlane(replace(plane, window=window), placed, shares, random_walk_share(steps))


def place(plane: Plane, networks: Sequence[Weights]) -> tuple[Placed, ...]:
    """Where the networks' shadows fall on a plane whose directions have length 1, at right angles."""
    first, second, origin = (flat(w) for w in (plane.first, plane.second, plane.origin))
    placed = []
    for network in networks:
        check_alike(network, plane.origin)
        moved = flat(network).sub_(origin)
        alpha, beta = float(moved @ first), float(moved @ second)
        aside = float(moved.sub_(first, alpha=alpha).sub_(second, alpha=beta).norm())
        placed.append(Placed(alpha, beta, aside))
    return tuple(placed)


def _principal(stops: Sequence[Weights], last: Weights) -> tuple[list[Tensor], tuple[float, float]]:
    """Up to two directions (P,) of length 1 along which the stops vary most, and their shares.

    Of few stops in many dimensions: by their N x N inner products, some dimensions at a time. The path's
    start lies on the negative side of each direction.
    """
    products = sum((rows @ rows.T for rows in _centred(stops, last)), torch.zeros(1))
    variances, mixtures = torch.linalg.eigh(products)
    total = float(variances.clamp_min(0).sum())
    if total <= 0:
        raise ConfigError("The weights did not move between these checkpoints: choose another run.")
    shares = [float(variance) / total for variance in variances.flip(0)[:2]]
    held = sum(share > 1e-9 for share in shares)
    weights = mixtures.flip(1).T[:held] / variances.flip(0)[:held, None].sqrt()
    weights[weights[:, 0] > 0] *= -1  # what the first stop has of a direction has the sign of its weight
    directions = torch.cat([weights @ rows for rows in _centred(stops, last)], 1)
    return list(directions), (shares[0], shares[1] if held > 1 else 0.0)


def _centred(stops: Sequence[Weights], last: Weights) -> Iterator[Tensor]:
    """The stops around their mean, as rows (N, some) of float64: a part of `flat` at a time."""
    for name in sorted(last):
        for parts in zip(*(stop[name].flatten().split(PART) for stop in stops), strict=True):
            rows = torch.stack(parts).double()
            yield rows.sub_(rows.mean(0))


def random_walk_share(steps: Sequence[int]) -> float:
    """What the best plane holds of a random walk in very many dimensions that is looked at after `steps`.

    Where stop i and stop j have walked, they have the same first min(i, j) steps in common: that is their
    inner product, up to a factor. The rest is the principal components of that.
    """
    walked = np.minimum.outer(np.asarray(steps, float), np.asarray(steps, float))
    centre = np.eye(len(steps)) - 1 / len(steps)
    variances = np.linalg.eigvalsh(centre @ walked @ centre)
    return float(variances[-2:].sum() / variances.sum())


def _around(points: NDArray[np.float64], extent: float) -> Window:
    """A window in whose middle the points (N, 2) lie, ten times as long as high if they lie on a line."""
    middle = (points.max(0) + points.min(0)) / 2
    half = (points.max(0) - points.min(0)) / 2
    half = np.maximum(half, 0.1 * half.max()) * MARGIN * extent
    (a, b), (da, db) = middle, half
    return Window((float(a - da), float(a + da)), (float(b - db), float(b + db)))
