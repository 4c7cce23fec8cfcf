"""One cloud of images after another, each turned so that it lies nearest to the one before: a film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcore.inspection.embedding.principal import Doubles


@dataclass(frozen=True)
class Shot:
    """The images at one stop of the film; the farthest of them lies 1 from the middle."""

    name: str
    points: Doubles  # (N, 2)


def film_of(names: Sequence[str], clouds: Sequence[Doubles]) -> tuple[Shot, ...]:
    """Clouds (N, 2) of the same images as shots.

    A layout's turn, mirror side and size mean nothing. So each is moved to the middle, made as large as the
    others, and turned or mirrored onto the one before (orthogonal Procrustes): what still moves has moved.
    """
    shots: list[Shot] = []
    for name, cloud in zip(names, clouds, strict=True):
        points = cloud - cloud.mean(axis=0)
        points = points / (float(np.linalg.norm(points, axis=1).max()) or 1.0)
        if shots:
            left, _, right = np.linalg.svd(points.T @ shots[-1].points)
            points = points @ (left @ right)
        shots.append(Shot(name, points))
    return tuple(shots)
