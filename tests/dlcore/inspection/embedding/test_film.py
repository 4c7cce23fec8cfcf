"""A film: what a layout may choose freely does not move, what the network moves does."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.figures.film import Kind, film_alt, film_figure
from dlcore.inspection.embedding.film import film_of

CLOUD = np.random.default_rng(0).normal(size=(40, 2))
TURN = np.array([[0.6, -0.8], [0.8, 0.6]])
MIRROR = np.array([[-1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("free", [TURN, MIRROR, TURN @ MIRROR, 7 * TURN])
def test_turn_mirror_and_size_do_not_move_anything(free: np.ndarray) -> None:
    first, second = film_of(("one", "other"), (CLOUD, CLOUD @ free + 3))
    assert first.points == pytest.approx(second.points)
    assert np.linalg.norm(first.points, axis=1).max() == pytest.approx(1)


def test_what_has_moved_moves() -> None:
    moved = CLOUD.copy()
    moved[7] += 1
    first, second = film_of(("one", "other"), (CLOUD, moved @ TURN))
    apart = np.linalg.norm(first.points - second.points, axis=1)
    assert apart.argmax() == 7


def test_a_network_that_says_the_same_of_all_is_one_place() -> None:
    first, second = film_of(("one", "other"), (np.ones((40, 2)), CLOUD))
    assert not first.points.any()
    assert np.isfinite(second.points).all()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_shot_is_a_frame_that_the_bar_can_go_back_to(theme: str) -> None:
    shots = film_of(("Pixels", "conv1", "Logits"), (CLOUD, CLOUD + 1, CLOUD @ TURN))
    even, odd = np.arange(0, 40, 2), np.arange(1, 40, 2)
    kinds = [Kind(even, ["0"] * 20, "#000000"), Kind(odd, ["1"] * 20, "#FFFFFF")]
    figure = film_figure(shots, kinds, theme, picked=3)  # type: ignore[arg-type]
    assert [frame.name for frame in figure.frames] == ["0", "1", "2"]
    for frame, shot in zip(figure.frames, shots, strict=True):
        assert np.array_equal(frame.data[0].x, shot.points[even, 0].astype(np.float32))
        assert np.array_equal(frame.data[2].y, shot.points[[3], 1].astype(np.float32))
        assert len(frame.data) == len(figure.data) == 3
    (slider,) = figure.layout.sliders
    assert [step.label for step in slider.steps] == ["Pixels", "conv1", "Logits"]
    assert film_alt(shots) == "40 images wander through Pixels, conv1, Logits."
