"""How far two clouds of features lie apart, if each is taken for a normal distribution.

Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6. There on features of
Inception, here on those of a network that reads digits: its values compare with no published ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Cloud:
    """Mean (F,) and covariance (F, F) of `count` features, float64."""

    mean: Tensor
    covariance: Tensor
    count: int


def cloud_of(features: Tensor) -> Cloud:
    """Of (N, F), N at least 2."""
    features = features.double()
    return Cloud(features.mean(0), features.T.cov(), len(features))


def frechet_distance(one: Cloud, other: Cloud) -> float:
    """|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½). 0 for equal clouds; few examples make it too large."""
    root = _root(one.covariance)
    shared = torch.linalg.eigvalsh(root @ other.covariance @ root).clamp(min=0).sqrt().sum()
    spread = one.covariance.trace() + other.covariance.trace() - 2 * shared
    return max(0.0, float(((one.mean - other.mean) ** 2).sum() + spread))


def _root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a covariance (F, F)."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root
