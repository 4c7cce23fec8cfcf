"""The principal parts of rows, few and long or many and short: as scikit-learn has them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from dlcore.inspection.embedding.principal import principal

SHAPES = {"many": (90, 8), "square": (30, 30), "few": (12, 200)}


def cloud(shape: tuple[int, int]) -> np.ndarray:
    chance = np.random.default_rng(1)
    return chance.normal(size=shape) * np.geomspace(5, 0.1, shape[1]) + chance.normal(size=shape[1])


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_they_are_scikit_learns(shape: tuple[int, int]) -> None:
    rows = cloud(shape)
    theirs, ours = PCA(5, svd_solver="full").fit(rows), principal(rows, 5)
    np.testing.assert_allclose(ours.variances / (len(rows) - 1), theirs.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(ours.variances / ours.total, theirs.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(abs(np.sum(ours.directions * theirs.components_, axis=1)), 1, rtol=1e-9)
    np.testing.assert_allclose(abs(ours.placed), abs(theirs.transform(rows)), atol=1e-7)
    np.testing.assert_allclose((rows - ours.centre) @ ours.directions.T, ours.placed, atol=1e-7)


@pytest.mark.parametrize("shape", [(12, 40), (40, 12)], ids=["few", "many"])
def test_where_nothing_more_varies_the_rest_is_nothing(shape: tuple[int, int]) -> None:
    """Along one direction only, or nowhere: no part is made of rounding."""
    line = np.outer(np.arange(shape[0]), np.ones(shape[1]))
    one = principal(line, 3)
    assert one.variances[0] == pytest.approx(one.total)
    assert (one.variances[1:] < 1e-20 * one.total).all()
    still = principal(np.full(shape, 0.3), 3)
    assert still.variances == pytest.approx(0, abs=1e-20)
    assert abs(still.placed).max() < 1e-12


def test_more_are_asked_for_than_there_are() -> None:
    for shape in ((4, 2), (2, 4), (1, 4), (4, 1)):
        found = principal(cloud(shape), 5)
        assert (found.directions.shape, found.placed.shape) == ((5, shape[1]), (shape[0], 5))
        assert (found.directions[min(shape) :] == 0).all()
        np.testing.assert_allclose(found.centre + found.placed @ found.directions, cloud(shape), atol=1e-12)
