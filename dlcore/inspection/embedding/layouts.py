"""Where a layer places images: its activations, one row per image, laid out on a flat picture.

It knows a network only as arrays and as a function from a layer's activations to the logit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.errors import ConfigError
from dlcore.inspection.embedding.principal import Doubles, principal

Rest = Callable[[Doubles], Doubles]  # activations of a layer (N, D) -> logits (N,)

SAME = 0.01  # of the cloud's width: closer images lie on one dot
GRID = 101  # points along each side of a boundary's picture
REACH = 2.0  # how much farther than the window it reaches: a screen may show more


@dataclass(frozen=True)
class Method:
    """A way to lay out many directions on two. `module` is what it takes, `package` brings it."""

    title: str
    module: str = ""
    package: str = ""

    @property
    def available(self) -> bool:
        return not self.module or find_spec(self.module) is not None


METHODS: Mapping[str, Method] = {
    "pca": Method("PCA"),
    "tsne": Method("t-SNE", "sklearn", "scikit-learn"),
    "umap": Method("UMAP", "umap", "umap-learn"),
}


@dataclass(frozen=True)
class PrincipalPlane:
    """The flat cut through a layer's space along which its activations vary most."""

    centre: Doubles  # (D,)
    directions: Doubles  # (2, D), of length 1; the second is 0 where there is only one
    shares: tuple[float, float]  # of all variance, 0..1; both 0 if nothing varies

    @property
    def held(self) -> float:
        """The share of the variance that the plane shows, 0..1."""
        return sum(self.shares)

    def place(self, activations: Doubles) -> Doubles:
        """(N, D) -> where each lies on the plane, (N, 2)."""
        placed: Doubles = (activations - self.centre) @ self.directions.T
        return placed

    def back(self, points: Doubles) -> Doubles:
        """Points of the plane (N, 2) -> the activations that lie there, (N, D)."""
        activations: Doubles = self.centre + points @ self.directions
        return activations


def fit_plane(activations: Doubles, rising: Doubles | None = None) -> PrincipalPlane:
    """The principal plane of (N, D) activations.

    A direction's sign means nothing: each is turned so that `rising` (N,) grows along it, so that epochs
    can be compared; without it, so that its largest part is positive.
    """
    centre, directions, variances, total, _ = principal(activations, 2)
    if rising is None:
        turns = np.array([row[np.abs(row).argmax()] for row in directions])
    else:
        turns = (rising - rising.mean()) @ (activations - centre) @ directions.T
    nothing = total <= 1e-18 * max(1.0, float(np.abs(centre).max()) ** 2) * len(activations)
    first, second = (0.0, 0.0) if nothing else (float(v) / total for v in variances)
    return PrincipalPlane(centre, directions * np.where(turns < 0, -1.0, 1.0)[:, None], (first, second))


def lay_out(activations: Doubles, method: str, *, perplexity: float, seed: int) -> Doubles:
    """(N, D) activations -> (N, 2), neighbours beside each other. For methods that have no plane.

    Raises ConfigError if perplexity is not below N, or if the method's library is not installed.
    """
    check_perplexity(perplexity, len(activations))
    if not METHODS[method].available:
        raise ConfigError(f"{METHODS[method].title} needs {METHODS[method].package}: choose another method.")
    return _LAYOUTS[method](activations, perplexity, seed)


def check_perplexity(perplexity: float, images: int) -> None:
    """Raises ConfigError if there are not more images than neighbours."""
    if perplexity >= images:
        raise ConfigError(f"Perplexity must be below {images:,} (images). Got {perplexity:g} instead.")


def _tsne(activations: Doubles, perplexity: float, seed: int) -> Doubles:
    # Imported here: it takes seconds, and a page that shows a plane does without it.
    tsne: Any = import_module("sklearn.manifold").TSNE
    # From a random start, as it was published: else two seeds would give nearly the same picture.
    method = tsne(2, perplexity=perplexity, init="random", random_state=seed)
    placed: Doubles = method.fit_transform(activations).astype(np.float64)
    return placed


def _umap(activations: Doubles, neighbours: float, seed: int) -> Doubles:
    umap: Any = import_module("umap").UMAP
    method = umap(n_neighbors=int(neighbours), random_state=seed)
    placed: Doubles = method.fit_transform(activations).astype(np.float64)
    return placed


_LAYOUTS: Mapping[str, Callable[[Doubles, float, int], Doubles]] = {"tsne": _tsne, "umap": _umap}


def find_dots(activations: Doubles, tolerance: float = SAME) -> NDArray[np.int64]:
    """On which dot each of (N, D) lies, (N,) numbers from 0: alike means within `tolerance` of the width."""
    squares = (activations**2).sum(axis=1)
    apart = squares[:, None] + squares - 2 * activations @ activations.T  # (N, N), squared
    limit = tolerance**2 * float(apart.max())
    dots = np.full(len(activations), -1, np.int64)
    for image in range(len(activations)):
        if dots[image] < 0:
            near = (apart[image] <= limit) & (dots < 0)
            near[image] = True
            dots[near] = dots.max() + 1
    return dots


@dataclass(frozen=True)
class Frame:
    """The part of a plane that a picture shows at least."""

    x: tuple[float, float]
    y: tuple[float, float]


def frame(points: Doubles, *, aspect: float = 1.6, margin: float = 0.12) -> Frame:
    """The smallest window around (N, 2) points, `aspect` times as wide as high, with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    (x, y), (width, height) = (low + high) / 2, high - low
    half = float(max(width, height * aspect)) * (0.5 + margin) or 1.0
    return Frame((float(x) - half, float(x) + half), (float(y) - half / aspect, float(y) + half / aspect))


@dataclass(frozen=True)
class Boundary:
    """The logit all over a part of the plane: it is 0 where the network changes its mind."""

    x: Doubles  # (G,)
    y: Doubles  # (G,)
    logits: Doubles  # (G, G), rows along y


def find_boundary(plane: PrincipalPlane, window: Frame, rest: Rest) -> Boundary:
    """Map a grid of the plane back into the layer's space and send it through the rest of the network."""
    x, y = _wider(window.x), _wider(window.y)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)  # (G * G, 2)
    return Boundary(x, y, rest(plane.back(grid)).reshape(GRID, GRID))


def _wider(side: tuple[float, float]) -> Doubles:
    middle, half = (side[0] + side[1]) / 2, (side[1] - side[0]) / 2
    wider: Doubles = np.linspace(middle - REACH * half, middle + REACH * half, GRID)
    return wider
