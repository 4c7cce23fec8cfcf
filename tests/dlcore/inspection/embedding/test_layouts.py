"""Laying layers out: PCA as scikit-learn has it, planes that map back, dots, t-SNE with a seed."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from dlcore.errors import ConfigError
from dlcore.inspection.embedding import layouts as embedding
from dlcore.inspection.embedding.layouts import METHODS, find_boundary, find_dots, fit_plane, frame, lay_out

CLOUD = np.random.default_rng(0).normal(size=(80, 6)) * [5, 3, 1, 0.5, 0.1, 0.1] + 2


def test_the_plane_is_scikit_learns() -> None:
    theirs, ours = PCA(2).fit(CLOUD), fit_plane(CLOUD)
    np.testing.assert_allclose(
        ours.shares, theirs.explained_variance_ratio_ * _total(theirs, CLOUD), rtol=1e-9
    )
    np.testing.assert_allclose(abs(ours.place(CLOUD)), abs(theirs.transform(CLOUD)), atol=1e-9)


def _total(pca: Any, cloud: Any) -> float:
    """Shares are of all variance, in both."""
    return float(pca.explained_variance_ratio_[0] / (pca.explained_variance_[0] / cloud.var(0, ddof=1).sum()))


def test_a_point_of_the_plane_comes_back_to_itself() -> None:
    plane = fit_plane(CLOUD)
    points = np.array([[0.0, 0.0], [1.5, -2.0]])
    np.testing.assert_allclose(plane.place(plane.back(points)), points, atol=1e-12)
    np.testing.assert_allclose(plane.back(points)[0], CLOUD.mean(0))


def test_a_cloud_that_is_flat_is_held_whole_and_mapped_back_exactly() -> None:
    flat = CLOUD[:, :2] @ np.random.default_rng(1).normal(size=(2, 7))
    plane = fit_plane(flat)
    assert plane.held == pytest.approx(1)
    np.testing.assert_allclose(plane.back(plane.place(flat)), flat, atol=1e-9)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_directions_turn_so_that_the_logit_grows(sign: float) -> None:
    rising = sign * CLOUD[:, 0]
    placed = fit_plane(CLOUD, rising).place(CLOUD)
    assert np.corrcoef(placed[:, 0], rising)[0, 1] > 0.9


def test_one_number_has_one_direction() -> None:
    plane = fit_plane(CLOUD[:, :1])
    assert plane.shares == (pytest.approx(1.0), 0.0)
    assert (plane.place(CLOUD[:, :1])[:, 1] == 0).all()
    np.testing.assert_allclose(plane.back(plane.place(CLOUD[:, :1])), CLOUD[:, :1])


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_where_nothing_varies_nothing_is_held(value: float) -> None:
    plane = fit_plane(np.full((20, 5), value))
    assert plane.shares == (0.0, 0.0)
    assert np.abs(plane.place(np.full((20, 5), value))).max() < 1e-6 * max(1.0, value)


def test_images_that_differ_by_noise_lie_on_one_dot() -> None:
    places = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    which = np.array([0, 1, 2, 0, 1, 2, 2])
    noisy = places[which] + np.random.default_rng(0).normal(size=(7, 2)) * 1e-4
    assert find_dots(noisy).tolist() == which.tolist()
    assert find_dots(CLOUD).max() == len(CLOUD) - 1
    assert set(find_dots(np.ones((5, 3)))) == {0}


def test_a_window_holds_all_points_in_its_aspect() -> None:
    window = frame(CLOUD[:, :2], aspect=2.0)
    for side, values in ((window.x, CLOUD[:, 0]), (window.y, CLOUD[:, 1])):
        assert side[0] < values.min() < values.max() < side[1]
    assert window.x[1] - window.x[0] == pytest.approx(2 * (window.y[1] - window.y[0]))
    assert frame(np.zeros((3, 2))).x == (-1.0, 1.0)


def test_the_boundary_is_the_network_on_the_plane() -> None:
    """A straight cut through the layer is a straight cut through the plane, where it must be."""
    plane = fit_plane(CLOUD)
    weights, bias = np.arange(6.0), -3.0
    found = find_boundary(plane, frame(plane.place(CLOUD)), lambda a: a @ weights + bias)
    row, column = 7, 31
    here = np.array([[found.x[column], found.y[row]]])
    assert found.logits[row, column] == pytest.approx(float((plane.back(here) @ weights + bias)[0]))
    assert found.x[0] < frame(plane.place(CLOUD)).x[0]


def test_tsne_repeats_with_its_seed_and_not_with_another() -> None:
    one, again, other = (lay_out(CLOUD, "tsne", perplexity=10, seed=seed) for seed in (1, 1, 2))
    assert one.shape == (80, 2)
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)


def test_tsne_lays_out_what_is_all_alike() -> None:
    assert np.isfinite(lay_out(np.zeros((30, 5)), "tsne", perplexity=5, seed=1)).all()


def test_perplexity_must_be_below_the_images() -> None:
    with pytest.raises(ConfigError, match=r"^Perplexity must be below 80 \(images\)\. Got 80 instead\.$"):
        lay_out(CLOUD, "tsne", perplexity=80, seed=1)


def test_umap_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        def __init__(self, **settings: Any) -> None:
            assert settings == {"n_neighbors": 10, "random_state": 3}

        def fit_transform(self, activations: Any) -> Any:
            return activations[:, :2].astype(np.float32)

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Fake, __spec__=object()))  # type: ignore[arg-type]
    assert METHODS["umap"].available
    np.testing.assert_allclose(lay_out(CLOUD, "umap", perplexity=10, seed=3), CLOUD[:, :2], rtol=1e-6)


def test_without_umap_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    assert [name for name, method in METHODS.items() if method.available] == ["pca"]
    with pytest.raises(ConfigError, match=r"^UMAP needs umap-learn: choose another method\.$"):
        lay_out(CLOUD, "umap", perplexity=10, seed=1)
