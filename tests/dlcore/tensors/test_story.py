"""The story of an expression, and what `.grad` is as a sum."""

from __future__ import annotations

import pytest

from dlcore.tensors.graph import trace
from dlcore.tensors.story import scenes, sum_words


@pytest.mark.parametrize(
    ("grads", "words"),
    [
        ((), "None"),
        ((6.0,), "6"),
        ((6.0, 12.0), "6 + 6 = 12"),
        ((-3.0, -6.0, -9.0), "−3 − 3 − 3 = −9"),
        ((6.0, 12.0, 18.0, 24.0), "4 × 6 = 24"),
        ((275.93, 551.86), "275.9 + 275.9 ≈ 551.9"),
        ((275.93, 551.86, 827.79, 1103.72), "4 × 275.9 ≈ 1104"),
    ],
)
def test_a_sum_is_written_as_it_adds_up(grads: tuple[float, ...], words: str) -> None:
    assert sum_words(grads) == words


def test_nothing_goes_back_before_somebody_went_back() -> None:
    forward = scenes(trace("x ** 2", {"x": 3.0}, 0))
    assert [scene.blamed for scene in forward] == [()]
    assert [bool(scene.blamed) for scene in scenes(trace("x ** 2", {"x": 3.0}, 1))] == [False, True, True]
