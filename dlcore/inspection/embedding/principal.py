"""The principal parts of rows that fit in memory: along which directions they vary most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

ROUNDING = 1e-12  # of all variance: what inner products cannot tell from nothing


class Principal(NamedTuple):
    """The largest part first. Where rows vary along fewer directions than asked for, the rest is 0."""

    centre: Doubles  # (D,)
    directions: Doubles  # (count, D), of length 1, at right angles
    variances: Doubles  # (count,), summed over the rows
    total: float  # along all directions
    placed: Doubles  # (N, count): the rows as the directions have them


def principal(rows: Doubles, count: int) -> Principal:
    """Of (N, D). By torch: it keeps to the one thread that a page may use."""
    centre = rows.mean(axis=0)
    centred = torch.from_numpy(rows - centre)
    total = float((centred**2).sum())
    if len(rows) < rows.shape[1]:  # their N × N inner products hold the same variances, and are small
        values, vectors = torch.linalg.eigh(centred @ centred.T)  # smallest first
        variances, vectors = values.flip(0)[:count], vectors.flip(1)[:, :count]
        varies = variances > ROUNDING * total
        variances = torch.where(varies, variances, 0.0)
        directions = F.normalize(vectors.T @ centred, dim=1) * varies[:, None]
        placed = vectors * variances.sqrt()
    else:
        left, lengths, directions = torch.linalg.svd(centred, full_matrices=False)
        variances, directions = lengths[:count] ** 2, directions[:count]
        placed = left[:, :count] * lengths[:count]
    missing = count - len(variances)
    return Principal(
        centre,
        np.pad(directions.numpy(), ((0, missing), (0, 0))),
        np.pad(variances.numpy(), (0, missing)),
        total,
        np.pad(placed.numpy(), ((0, 0), (0, missing))),
    )
