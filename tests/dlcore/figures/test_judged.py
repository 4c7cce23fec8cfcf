"""The twelve digits: what is wrong is red, has a cross and is said in words; what is right has no colour."""

from __future__ import annotations

import numpy as np

from dlcore.figures.judged import answers, judged_html
from dlcore.figures.palette import PALETTES

IMAGES = list(np.zeros((2, 28, 28), np.uint8))
LOOKS = [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]]


def test_an_answer_is_the_likeliest_digit() -> None:
    assert answers(LOOKS) == [1, 0]


def test_right_and_wrong_are_told_apart_by_sign_and_colour() -> None:
    right, wrong = judged_html(IMAGES, [1, 2], LOOKS, "dark").split("</figure>")[:2]
    red = PALETTES["dark"].wrong
    assert "✓ 1" in right
    assert "70 %" in right
    assert red not in right
    assert "✗ 0" in wrong
    assert "50 %" in wrong
    assert f"3px solid {red}" in wrong
    assert 'alt="A test digit, a 2, read as 0"' in wrong
