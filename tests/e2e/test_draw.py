"""Drawing by mouse, and pictures of digits."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from dlcore.mnist.files import load_test

Stroke = list[tuple[int, int]]

ONE: Stroke = [(140, 45), (140, 235)]
SEVEN: Stroke = [(80, 60), (200, 60), (125, 230)]
CORNER_ONE: Stroke = [(14, 12), (14, 90)]


@pytest.fixture
def tab(visitor: Any) -> Page:
    """The page with an empty canvas."""
    tab: Page = visitor.open("mnist_draw")
    expect(reading(tab)).to_have_text(str(int(load_test().labels[0])))  # it opens on a digit
    clear(tab)
    return tab


def reading(tab: Page) -> Locator:
    return tab.locator(".st-key-mnist_draw__prediction").get_by_test_id("stMetricValue")


def clear(tab: Page) -> None:
    tab.locator(".st-key-mnist_draw__clear button").click()
    expect(tab.locator(".st-key-mnist_draw__prediction")).to_contain_text("not a zero")
    expect(reading(tab)).to_have_count(0)


def draw(tab: Page, stroke: Stroke) -> None:
    canvas = tab.locator(".st-key-mnist_draw__canvas canvas.upper-canvas")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (280, 280)
    (x, y), *rest = stroke
    tab.mouse.move(box["x"] + x, box["y"] + y)
    tab.mouse.down()
    for x, y in rest:
        tab.mouse.move(box["x"] + x, box["y"] + y, steps=12)
    tab.mouse.up()


def photo(index: int) -> bytes:
    """A test digit in dark ink on light paper."""
    ink = Image.fromarray(load_test().images[index, 0].numpy()).resize((300, 300), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    Image.fromarray(255 - np.asarray(ink)).save(file, "PNG")
    return file.getvalue()


def upload(tab: Page, name: str, kind: str, data: bytes) -> None:
    place = tab.locator(".st-key-mnist_draw__upload")
    if not place.is_visible():
        tab.get_by_test_id("stExpander").filter(has_text="Upload").locator("summary").click()
    place.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_it_reads_what_is_drawn(tab: Page) -> None:
    draw(tab, ONE)
    expect(reading(tab)).to_have_text("1")
    clear(tab)
    draw(tab, SEVEN)
    expect(reading(tab)).to_have_text("7")


def test_a_corner_of_the_canvas_can_be_drawn_on(tab: Page) -> None:
    draw(tab, CORNER_ONE)
    expect(reading(tab)).to_have_text("1")


def test_a_drawing_does_not_come_back_with_the_page(tab: Page) -> None:
    draw(tab, ONE)
    expect(reading(tab)).to_have_text("1")
    tab.reload()
    expect(reading(tab)).to_have_text(str(int(load_test().labels[0])))


def test_it_reads_a_picture(tab: Page) -> None:
    upload(tab, "digit.png", "image/png", photo(1))
    expect(reading(tab)).to_have_text(str(int(load_test().labels[1])))


def test_a_file_that_is_no_picture_gets_a_sentence(tab: Page) -> None:
    upload(tab, "digit.png", "image/png", b"This is a letter, not a picture.")
    expect(tab.get_by_test_id("stAlertContentWarning")).to_contain_text("readable image")
    expect(reading(tab)).to_have_count(0)
    upload(tab, "digit.png", "image/png", photo(1))
    expect(reading(tab)).to_have_text(str(int(load_test().labels[1])))
