"""The recogniser's page: photographs, pictures of one's own, slips, steps, its address."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

OpenPage = Callable[..., Any]
PATH, PAGE = "recogniser.py", "recogniser"


def first(page: Any) -> str:
    (chart,) = page.charts()
    return str(chart["name"][0])


def picture(colour: str = "red", format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 260), colour).save(file, format)
    return file.getvalue()


def test_it_opens_on_a_photograph_that_is_named(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert first(page) == "ice bear"
    assert "It says **ice bear**, 99.2 %. That is right." in page.words
    assert "with the bias, 0.04, that is the logit, 12.58" in page.words
    assert page.sentences == []
    assert not page.at.query_params


def test_a_set_up_is_a_link_and_half_of_one_is_said(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__photo": "panda"})
    assert first(page) == "giant panda"
    page = open_page(PATH, **{f"{PAGE}__photo": "unicorn", f"{PAGE}__scale": "none"})
    (said,) = page.sentences
    assert said.startswith("Photograph must be one of")
    assert first(page) != "ice bear"


def test_each_step_is_told_with_its_line(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert 'Image.open("photo.jpg")' in page.at.code[0].value
    page.at.segmented_control(key=f"{PAGE}__at").set_value("5 Scale").run()
    assert page.at.code[0].value == "x = (x - 127) / 128"
    page.at.selectbox(key=page.shown(f"{PAGE}__scale")).set_value("none").run()
    assert page.at.code[0].value == "# left out"
    assert page.at.query_params[f"{PAGE}__scale"] == "none"


def test_training_mode_asks_a_copy_and_leaves_the_network_as_it_was(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.segmented_control(key=page.shown(f"{PAGE}__mode")).set_value("train").run()
    assert "switch back to eval()" in page.words
    page.at.segmented_control(key=page.shown(f"{PAGE}__mode")).set_value("eval").run()
    assert "It says **ice bear**, 99.2 %. That is right." in page.words


@pytest.mark.parametrize(("data", "sentence"), [(b"words", "not a readable picture"), (picture(), "")])
def test_a_picture_of_ones_own_is_named_or_refused(open_page: OpenPage, data: bytes, sentence: str) -> None:
    page = open_page(PATH)
    page.at.file_uploader(key=f"{PAGE}__upload").set_value(("mine.png", data, "image/png")).run()
    if sentence:
        (said,) = page.sentences
        assert sentence in said
        assert first(page) == "ice bear"
    else:
        assert page.sentences == []
        assert "That is right" not in page.words
        page.click(f"{PAGE}__setup_unknown")
        assert first(page) == "grey whale", "a card brings its own photograph"


def test_a_card_sets_up_what_it_speaks_of(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.click(f"{PAGE}__setup_mode")
    assert page.state(f"{PAGE}__photo") == "dog"
    page.at.pills(key=f"{PAGE}__guess_mode").set_value("It hardly matters").run()
    assert "it was **It knows nothing any more**" in page.words
