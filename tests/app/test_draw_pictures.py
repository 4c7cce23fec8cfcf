"""A picture on Draw that is no upright digit: a sentence, a button for every way out, then a reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcore.mnist.files import load_test
from tests.app.reading import reading, sees, vote
from tests.dlcore.mnist import doubtful, pictures

OpenPage = Callable[..., Any]


@pytest.fixture
def draw(open_page: OpenPage) -> Any:
    return open_page("mnist/draw.py")


def digit(index: int) -> pictures.Ink:
    image: pictures.Ink = load_test().images[index, 0].numpy()
    return image


def upload(page: Any, data: bytes) -> Any:
    (key,) = [u.key for u in page.at.file_uploader]
    page.at.file_uploader(key=key).upload("picture.jpg", data)
    return page.run()


def offers(page: Any) -> list[str]:
    return [button.label for button in page.at.button if "__offer_" in (button.key or "")]


def test_two_digits_are_offered_each(draw: Any) -> None:
    upload(draw, doubtful.beside(digit(0), digit(1), np.random.default_rng(0)))
    assert draw.sentences == ["I see two digits in this picture: choose one of them."]
    assert reading(draw) is None
    assert offers(draw) == ["The left one", "The right one"]
    draw.click("mnist_draw__offer_1")
    assert reading(draw) == 2
    assert not draw.sentences
    assert not offers(draw)


def test_a_digit_on_its_side_is_turned_by_a_button(draw: Any) -> None:
    upload(draw, doubtful.turned(digit(0), 1, np.random.default_rng(0)))
    assert draw.sentences == ["This digit lies on its side: turn it right?"]
    assert offers(draw) == ["Turn it right", "It is upright"]
    draw.click("mnist_draw__offer_0")
    assert reading(draw) == 7
    squeezed = sees(draw)
    draw.at.toggle(key="mnist_draw__centered").set_value(False).run()
    assert sees(draw) != squeezed, "the chosen one is prepared again, not the file"
    assert not draw.sentences


def test_another_digit_takes_the_offers_away(draw: Any) -> None:
    upload(draw, doubtful.beside(digit(0), digit(1), np.random.default_rng(0)))
    draw.click("mnist_draw__test")
    assert not offers(draw)
    assert not draw.sentences
    assert reading(draw) is not None


def test_it_says_how_unlike_the_training_digits_it_is(draw: Any) -> None:
    said, meaning = vote(draw)["unlike"]
    assert said.startswith("Like a digit: ")
    assert "as a usual digit" in said
    assert "called unlike, wrongly" in meaning
