"""Planes through the space of all weights: exact where the answer is known."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from torch import Tensor

from dlcore.errors import ConfigError
from dlcore.landscape.directions import Weights, flat, unflat, weights_of
from dlcore.landscape.planes import (
    Plane,
    Window,
    path_plane,
    place,
    plane_through,
    random_plane,
    random_walk_share,
)
from dlcore.landscape.surfaces import RESOLUTIONS
from dlcore.nets.registry import build_model

LIKE = {"b.weight": torch.zeros(30, 20), "a.bias": torch.zeros(30)}
SIZE = 630


def at_right_angles(count: int, seed: int = 0) -> Tensor:
    """`count` directions of length 1, (count, SIZE)."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(SIZE, count, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(drawn).Q.T


ORIGIN = torch.randn(SIZE, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
U, V, ASIDE = at_right_angles(3)


def network(alpha: float, beta: float, aside: float = 0.0) -> dict[str, Tensor]:
    like = {name: value.double() for name, value in LIKE.items()}
    return unflat(ORIGIN + alpha * U + beta * V + aside * ASIDE, like)


def apart(one: Weights, other: Weights) -> float:
    return float((flat(one) - flat(other)).norm())


def test_the_middle_is_the_network_and_grids_are_nested() -> None:
    window = Window((-0.7, 0.7), (-1.3, 2.9))
    finest = window.axes(81)
    assert finest[0][40] == 0
    assert (finest[0][0], finest[1][0], finest[1][-1]) == pytest.approx((-0.7, -1.3, 2.9))
    for resolution in RESOLUTIONS:
        for axis, fine in zip(window.axes(resolution), finest, strict=True):
            assert np.array_equal(axis, fine[:: 80 // (resolution - 1)])


def test_a_random_plane_is_its_seeds() -> None:
    weights = weights_of(build_model("FastCNN"))
    one, again, other = (random_plane(weights, seed=seed, extent=0.5) for seed in (3, 3, 4))
    assert one.window == Window((-0.5, 0.5), (-0.5, 0.5))
    assert torch.equal(flat(one.first), flat(again.first))
    assert not torch.equal(flat(one.first), flat(other.first))
    cosine = torch.cosine_similarity(flat(one.first), flat(one.second), dim=0)
    assert abs(float(cosine)) < 0.02, "in many dimensions two random directions are nearly at right angles"


STOPS = [network(*at) for at in ((0, 0), (3, 1), (4, 3), (4.5, 3.2), (4.6, 3.1))]
STEPS = [0, 10, 20, 50, 100]


def test_a_run_that_moved_in_a_plane_is_seen_whole() -> None:
    found = path_plane(STOPS, STEPS, seed=0)
    assert found.held == pytest.approx(1, abs=1e-12)
    assert found.shares[0] > found.shares[1] > 0
    first, second = flat(found.plane.first), flat(found.plane.second)
    assert (float(first.norm()), float(second.norm())) == pytest.approx((1, 1))
    assert float(first @ second) == pytest.approx(0, abs=1e-12)
    assert (found.stops[-1].alpha, found.stops[-1].beta) == (0, 0), "the last stop is the origin"
    assert found.stops[0].alpha < found.stops[-1].alpha, "the path comes from the negative side"
    for stop, placed in zip(STOPS, found.stops, strict=True):
        assert placed.distance == pytest.approx(0, abs=1e-9)
        there = flat(found.plane.origin) + placed.alpha * first + placed.beta * second
        torch.testing.assert_close(there, flat(stop))
    alphas = [placed.alpha for placed in found.stops]
    assert found.plane.window.alpha[0] < min(alphas) <= max(alphas) < found.plane.window.alpha[1]


def test_the_shares_are_those_of_the_principal_components() -> None:
    generator = torch.Generator().manual_seed(1)
    stops = [unflat(torch.randn(SIZE, generator=generator, dtype=torch.float64), LIKE) for _ in range(7)]
    rows = torch.stack([flat(stop) for stop in stops])
    variances = torch.linalg.svdvals(rows - rows.mean(0)) ** 2
    expected = (variances / variances.sum())[:2].tolist()
    assert list(path_plane(stops, range(7), seed=0).shares) == pytest.approx(expected)


def test_the_order_of_names_does_not_matter() -> None:
    turned = [dict(reversed(stop.items())) if n % 2 else stop for n, stop in enumerate(STOPS)]
    assert path_plane(turned, STEPS, seed=0).stops == path_plane(STOPS, STEPS, seed=0).stops


def test_a_long_way_is_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = path_plane(STOPS, STEPS, seed=0)
    monkeypatch.setattr("dlcore.landscape.planes.PART", 101)
    parts = path_plane(STOPS, STEPS, seed=0)
    torch.testing.assert_close(flat(parts.plane.first), flat(whole.plane.first))
    assert parts.held == pytest.approx(whole.held)


@pytest.mark.parametrize("lifted", [0.0, 0.25, 7.0])
def test_what_lies_beside_the_plane_has_its_distance(lifted: float) -> None:
    plane = Plane(network(0, 0), unflat(U, network(0, 0)), unflat(V, network(0, 0)), Window((-1, 1), (-1, 1)))
    (placed,) = place(plane, [network(-2, 5, lifted)])
    assert (placed.alpha, placed.beta) == pytest.approx((-2, 5))
    assert placed.distance == pytest.approx(lifted, abs=1e-9)


@pytest.mark.parametrize("stops", [[(0, 0), (3, 4)], [(0, 0), (1.5, 2), (3, 4)]])
def test_on_a_line_the_second_direction_is_random_at_right_angles(stops: list[tuple[float, float]]) -> None:
    found = path_plane([network(*at) for at in stops], range(len(stops)), seed=0)
    assert found.shares == (pytest.approx(1), 0)
    assert float(flat(found.plane.first) @ flat(found.plane.second)) == pytest.approx(0, abs=1e-9)
    assert found.stops[0].alpha == pytest.approx(-5)
    assert [stop.beta for stop in found.stops] == pytest.approx([0] * len(stops), abs=1e-9)
    again = path_plane([network(*at) for at in stops], range(len(stops)), seed=1)
    assert not torch.allclose(flat(found.plane.second), flat(again.plane.second))
    (low, high), (bottom, top) = found.plane.window.alpha, found.plane.window.beta
    assert (high - low) / (top - bottom) == pytest.approx(10)


def test_on_a_line_to_weights_of_0_there_is_a_second_direction_too() -> None:
    """As of a network of which only biases have moved."""
    stops = [{"weight": torch.zeros(3, 4), "bias": torch.full((3,), float(step))} for step in range(2)]
    found = path_plane(stops, range(2), seed=0)
    assert float(flat(found.plane.second).norm()) == pytest.approx(1)
    assert [stop.distance for stop in found.stops] == pytest.approx([0, 0], abs=1e-6)


def test_what_a_random_walk_puts_on_two_axes() -> None:
    assert random_walk_share(range(300)) == pytest.approx(6 / math.pi**2 * 1.25, abs=5e-3)
    assert random_walk_share([0, 7, 20]) == pytest.approx(1), "three stops always lie on a plane"
    steps = [0, 1, 2, 5, 10, 20, 33]
    generator = torch.Generator().manual_seed(0)
    where, stops = torch.zeros(40_000), []
    for step in range(max(steps) + 1):
        if step in steps:
            stops.append({"w": where.clone()})
        where += torch.randn(len(where), generator=generator)
    walked = path_plane(stops, steps, seed=0)
    assert walked.held == pytest.approx(walked.by_chance, abs=0.01)


def test_three_networks_keep_their_distances_on_their_plane() -> None:
    three = [network(1, 2), network(4, 6, 1), network(-3, 2, 2)]
    away = network(50, 0)
    plane = plane_through(*three, around=[away])
    placed = place(plane, three)
    assert (placed[0].alpha, placed[0].beta) == (0, 0)
    assert placed[1].beta == pytest.approx(0, abs=1e-9), "the second network lies on the first axis"
    assert [p.distance for p in placed] == pytest.approx([0, 0, 0], abs=1e-9)
    for (one, p), (other, q) in combinations(zip(three, placed, strict=True), 2):
        assert math.dist((p.alpha, p.beta), (q.alpha, q.beta)) == pytest.approx(apart(one, other))
    for p in (*placed, *place(plane, [away])):
        assert plane.window.alpha[0] < p.alpha < plane.window.alpha[1]
        assert plane.window.beta[0] < p.beta < plane.window.beta[1]


@pytest.mark.parametrize(
    "three",
    [
        [network(0, 0), network(1, 1), network(3, 3)],
        [network(0, 0), network(0, 0), network(1, 2)],
        [network(0, 0), network(1, 2), network(0, 0)],
    ],
)
def test_three_on_a_line_are_a_sentence(three: list[Weights]) -> None:
    with pytest.raises(ConfigError, match=r"^The three networks lie on one line: choose three others\.$"):
        plane_through(*three)


def test_what_has_no_plane_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^A path needs two checkpoints: train two more epochs"):
        path_plane(STOPS[:1], [0], seed=0)
    with pytest.raises(ConfigError, match=r"^The weights did not move between these checkpoints"):
        path_plane([STOPS[0], dict(STOPS[0])], [0, 1], seed=0)
    other = {"b.weight": torch.zeros(2, 2), "a.bias": torch.zeros(30)}
    with pytest.raises(ConfigError, match="must be of one architecture"):
        path_plane([other, STOPS[0]], [0, 1], seed=0)
    with pytest.raises(ConfigError, match="must be of one architecture"):
        plane_through(STOPS[0], STOPS[1], other)
