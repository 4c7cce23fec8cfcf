"""The Fréchet distance of two normal distributions, against what is known of it."""

from __future__ import annotations

import pytest
import torch

from dlcore.gan.frechet import Cloud, cloud_of, frechet_distance


def cloud(mean: list[float], variances: list[float]) -> Cloud:
    return Cloud(torch.tensor(mean).double(), torch.diag(torch.tensor(variances).double()), 100)


def test_it_is_0_for_equal_clouds_and_the_same_both_ways() -> None:
    one = cloud_of(torch.randn(50, 4, generator=torch.Generator().manual_seed(0)))
    other = cloud_of(2 * torch.randn(60, 4, generator=torch.Generator().manual_seed(1)) + 1)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one))


def test_of_independent_features_it_adds_up_means_and_deviations() -> None:
    # sum of (m1 - m2)² + (s1 - s2)²
    found = frechet_distance(cloud([0.0, 3.0], [1.0, 4.0]), cloud([1.0, 1.0], [9.0, 4.0]))
    assert found == pytest.approx(1 + 4 + (1 - 3) ** 2)


def test_of_turned_clouds_it_is_that_of_the_product_of_their_covariances() -> None:
    draw = torch.Generator().manual_seed(2)
    one = cloud_of(torch.randn(80, 3, generator=draw) @ torch.randn(3, 3, generator=draw))
    other = cloud_of(torch.randn(80, 3, generator=draw) @ torch.randn(3, 3, generator=draw))
    shared = torch.linalg.eigvals(one.covariance @ other.covariance).real.clamp(min=0).sqrt().sum()
    expected = (one.mean - other.mean).square().sum() + one.covariance.trace() + other.covariance.trace()
    assert frechet_distance(one, other) == pytest.approx(float(expected - 2 * shared), rel=1e-6)


def test_clouds_that_are_flat_in_some_direction_have_one_too() -> None:
    flat = cloud_of(torch.tensor([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]))
    assert frechet_distance(flat, cloud([2.0, 1.0], [4.0, 0.0])) == pytest.approx(0, abs=1e-6)
