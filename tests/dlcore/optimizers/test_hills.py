"""The hills: exact gradients, minima that are minima, curvature, edges."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlcore.optimizers.hills import OTHERS, TITLES, Hill, bowl, hill

HILLS = [bowl(), bowl(37.5), *OTHERS.values()]
NAMES = [f"{one.name} {one.formula[:20]}" for one in HILLS]


def places(one: Hill, count: int = 40) -> np.ndarray:
    """Random places of its map, (count, 2)."""
    draw = np.random.default_rng(7)
    return np.stack([draw.uniform(*one.x, count), draw.uniform(*one.y, count)], axis=1)


@pytest.mark.parametrize("one", HILLS, ids=NAMES)
def test_the_gradient_is_autograds(one: Hill) -> None:
    for x, y in places(one):
        at = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        one.value(at[0], at[1]).backward()
        assert one.gradient(x, y) == pytest.approx(tuple(at.grad.tolist()), rel=1e-12, abs=1e-11)


@pytest.mark.parametrize("one", HILLS, ids=NAMES)
def test_floats_and_arrays_agree(one: Hill) -> None:
    at = places(one)
    together = one.value(at[:, 0], at[:, 1])
    np.testing.assert_allclose(together, [one.value(float(x), float(y)) for x, y in at], rtol=1e-12)


@pytest.mark.parametrize("one", HILLS, ids=NAMES)
def test_minima_are_flat_low_and_on_the_map(one: Hill) -> None:
    for x, y in one.minima:
        assert one.holds(x, y)
        assert one.gradient(x, y) == pytest.approx((0.0, 0.0), abs=1e-9)
        around = [
            one.value(x + 0.01 * a, y + 0.01 * b) for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1))
        ]
        assert one.value(x, y) < min(around)
    values = [one.value(x, y) for x, y in one.minima]
    assert values == pytest.approx(sorted(values), abs=1e-9), "lowest first"


@pytest.mark.parametrize("one", HILLS, ids=NAMES)
def test_the_curvature_is_the_largest_eigenvalue(one: Hill) -> None:
    for x, y in places(one, 8):
        at = torch.tensor([x, y], dtype=torch.float64)
        second = torch.autograd.functional.hessian(lambda p: one.value(p[0], p[1]), at)
        largest = float(torch.linalg.eigvalsh(second)[-1])
        assert one.curvature(x, y) == pytest.approx(largest, rel=1e-4, abs=1e-4)


def test_the_named_ones() -> None:
    assert hill("bowl", 30.0).curvature(0.3, 0.2) == pytest.approx(30)
    assert len(hill("himmelblau").minima) == 4
    assert len(hill("rastrigin").minima) == 25
    assert hill("rastrigin").minima[0] == pytest.approx((0.0, 0.0))
    assert hill("saddle").minima == ()
    assert set(TITLES) == {"bowl", *OTHERS}


def test_nowhere_is_not_on_the_map() -> None:
    assert not bowl().holds(float("nan"), 0.0)
    assert not bowl().holds(0.0, float("inf"))
    assert bowl().holds(2.0, -2.0)
