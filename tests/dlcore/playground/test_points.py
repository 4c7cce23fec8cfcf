"""The points of the playground: shapes that keep their promise, and one's own."""

from typing import Any

import numpy as np
import pytest

from dlcore.errors import DataError
from dlcore.playground.config import REGRESSION, PlaygroundConfig
from dlcore.playground.inputs import INPUTS, SIDE, inputs_of
from dlcore.playground.points import MOST_OWN, SHAPES, make_points, own_points


@pytest.mark.parametrize("data", SHAPES)
def test_every_shape_lies_in_the_plane_and_is_drawn_by_its_seed(data: str) -> None:
    config = PlaygroundConfig(data=data, noise=20, points=300, test_share=30)
    points, again = make_points(config), make_points(config)
    other = make_points(config.replace(data_seed=1))
    assert points.places.shape == (300, 2)
    assert points.train == 210
    assert np.abs(points.places).max() <= SIDE
    assert np.abs(points.targets).max() <= 1
    assert (points.places == again.places).all()
    assert not (points.places == other.places).all()
    if data not in REGRESSION:
        assert set(points.targets) == {-1.0, 1.0}
        assert 0.2 < (points.targets > 0).mean() < 0.8


def test_a_line_parts_the_shape_that_says_so_and_no_other() -> None:
    def best_line(data: str) -> float:
        points = make_points(PlaygroundConfig(data=data))
        shares = []
        for angle in np.linspace(0, 2 * np.pi, 180, endpoint=False):
            along = points.places @ np.array([np.cos(angle), np.sin(angle)])
            shares += [((along > cut) == (points.targets > 0)).mean() for cut in np.linspace(-5, 5, 41)]
        return max(shares)

    assert best_line("line") == 1.0
    assert best_line("gauss") == 1.0
    assert max(best_line(data) for data in ("circle", "xor", "spiral")) < 0.8


def test_inputs_are_what_their_names_say() -> None:
    places = np.array([[0.5, -2.0]])
    found = dict(zip(INPUTS, inputs_of(places, list(INPUTS))[:, 0], strict=True))
    assert found == {
        "x1": 0.5,
        "x2": -2.0,
        "x1x1": 0.25,
        "x2x2": 4.0,
        "x1x2": -1.0,
        "sin_x1": np.sin(0.5),
        "sin_x2": np.sin(-2.0),
    }


def test_ones_own_points_are_learned_from() -> None:
    own = own_points(np.array([[1, 1, 1], [-1, -1, -1], [2, 1, 1], [-2, 0, -1]]))
    points = make_points(PlaygroundConfig(data="own"), own)
    assert sorted(map(tuple, points.places)) == sorted([(1, 1), (-1, -1), (2, 1), (-2, 0)])
    assert points.train == 2


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "two classes"),
        ([[1, 1]], "two numbers and its class"),
        ([[1, 1, 1], [float("nan"), 0, -1]], "two numbers and its class"),
        ([[1, 1, 1]], "two classes"),
        ([[1, 1, 1]] * (MOST_OWN + 1), "must be at most"),
        ([[1, 1, 1], [7, 0, -1]], "between −6 and 6"),
        ([[1, 1, 1], [2, 0, 1]], "two classes"),
        ([[1, 1, 1], [2, 0, 3]], "must be −1 or 1"),
        ([[1, 1, 1], ["x", 0, 1]], "two numbers and its class"),
        ([[1, 1, 1], [0, 1]], "two numbers and its class"),
        (None, "two numbers and its class"),
        (7, "two numbers and its class"),
        ([[10**400, 0, 1]], "two numbers and its class"),
    ],
)
def test_points_that_cannot_be_are_refused_in_a_sentence(rows: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        own_points(rows)


def test_own_points_must_be_there() -> None:
    with pytest.raises(DataError, match="Draw some points"):
        make_points(PlaygroundConfig(data="own"))
