"""Real points, one's own, and how fakes cover them."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.errors import DataError
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import (
    MODES,
    SIDE,
    centres,
    good_share,
    modes_found,
    own_points,
    real_points,
)


@pytest.mark.parametrize("data", ["ring", "line", "moons"])
def test_real_points_lie_in_the_plane_and_come_by_seed(data: str) -> None:
    config = PlaneConfig(data=data)
    one, again = (real_points(config, np.random.default_rng(0), 500) for _ in range(2))
    assert np.array_equal(one, again)
    assert one.shape == (500, 2)
    assert one.dtype == np.float32
    assert float(np.abs(one).max()) < SIDE
    assert good_share(config, one, real_points(config, np.random.default_rng(1), 500)) > 0.95


def test_the_ring_has_eight_modes_and_each_is_found_by_itself() -> None:
    ring = PlaneConfig()
    assert modes_found(real_points(ring, np.random.default_rng(0), 256)) == MODES
    assert modes_found(np.repeat(centres()[:3], 80, axis=0)) == 3
    assert modes_found(np.zeros((256, 2))) == 0
    strays = np.concatenate([np.repeat(centres()[:1], 250, axis=0), centres()[1:3]])
    assert modes_found(strays) == 1, "two strays make no mode"
    assert good_share(ring, np.zeros((5, 2)), centres()) == 0


def test_ones_own_points_are_imitated() -> None:
    own = own_points([[0.5, 0.5], [-1, 1]])
    config = PlaneConfig(data="own")
    found = real_points(config, np.random.default_rng(0), 300, own)
    apart = np.linalg.norm(found[:, None] - own, axis=2).min(1)
    assert float(apart.max()) < 0.3
    for nothing in (None, own_points([])):
        with pytest.raises(DataError, match="Draw some points first"):
            real_points(config, np.random.default_rng(0), 3, nothing)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[1, 2, 3]], "Each point must be two numbers."),
        ([1, 2], "Each point must be two numbers."),
        ("ab", "Each point must be two numbers."),
        ([[float("nan"), 0]], "Each point must be two numbers."),
        ([[3, 0]], "Points must lie between −2 and 2 on both axes."),
        ([[0, 0]] * 501, "Points must be at most 500. Got 501 instead."),
    ],
)
def test_what_is_no_point_is_refused(rows: object, sentence: str) -> None:
    with pytest.raises(DataError, match=f"^{sentence}$"):
        own_points(rows)
