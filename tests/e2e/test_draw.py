"""Drawing by mouse, and pictures of digits."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from dlcore.mnist.files import load_test
from tests.e2e.pages import choose, is_there
from tests.waiting import wait_until

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
    return tab.locator(".st-key-mnist_draw__prediction .reads b")


CANVAS = ".st-key-mnist_draw__canvas canvas.upper-canvas"
DRAWN = ".st-key-mnist_draw__canvas canvas.dc-canvas.lower-canvas"  # the ground and all strokes
BLANK = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.every(
    (value, index) => index % 4 === 3 ? value === 255 : value === 0)"""


def clear(tab: Page) -> None:
    """The page asks for a digit, and the next canvas, which comes a little later, is there and black."""
    tab.locator(".st-key-mnist_draw__clear button").click()
    expect(tab.locator(".st-key-mnist_draw__prediction")).to_contain_text("not a zero")
    expect(reading(tab)).to_have_text("?")
    # A new canvas takes the place of the old one: for a moment there are both.
    blank = f"all => all.length === 1 && ({BLANK})(all[0])"
    wait_until(lambda: tab.locator(DRAWN).evaluate_all(blank), "the canvas is empty")


def draw(tab: Page, stroke: Stroke) -> None:
    canvas = tab.locator(CANVAS)
    expect(canvas).to_have_count(1)  # a cleared one makes place for the next
    expect(canvas).to_be_visible()
    put_down(tab, stroke)
    tab.mouse.up()


def put_down(tab: Page, stroke: Stroke) -> None:
    """Draw it, and leave the pen on the canvas."""
    canvas = tab.locator(CANVAS)
    (x, y), *rest = stroke
    canvas.hover(position={"x": x, "y": y})  # it waits until the page has come to rest
    box = canvas.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (280, 280)
    tab.mouse.down()
    for x, y in rest:
        tab.mouse.move(box["x"] + x, box["y"] + y, steps=12)


def photo(index: int) -> bytes:
    """A test digit in dark ink on light paper."""
    ink = Image.fromarray(load_test().images[index, 0].numpy()).resize((300, 300), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    Image.fromarray(255 - np.asarray(ink)).save(file, "PNG")
    return file.getvalue()


def upload(tab: Page, name: str, kind: str, data: bytes) -> None:
    place = tab.locator("[class*=st-key-mnist_draw__upload]").last
    if not place.is_visible():
        tab.get_by_test_id("stExpander").filter(has_text="Upload").locator("summary").click()
    place.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_it_reads_what_is_drawn(tab: Page) -> None:
    for stroke, digit in ((ONE, "1"), (SEVEN, "7"), (CORNER_ONE, "1")):
        draw(tab, stroke)
        expect(reading(tab)).to_have_text(digit)
        clear(tab)


def test_a_drawing_is_on_the_canvas_again(tab: Page) -> None:
    """After another page and after a reload."""
    draw(tab, ONE)
    expect(tab.get_by_text("times as far from the training digits")).to_be_visible()  # the pen is lifted
    expect(reading(tab)).to_have_text("1")
    choose(tab, "runs.py")
    is_there(tab, "runs.py")
    choose(tab, "mnist/draw.py")
    for _ in range(2):
        is_there(tab, "mnist/draw.py")
        expect(reading(tab)).to_have_text("1")
        expect(tab.locator(CANVAS)).to_have_count(1)
        wait_until(lambda: not tab.locator(DRAWN).evaluate(BLANK), "the drawing is on the canvas")
        tab.reload()
    is_there(tab, "mnist/draw.py")
    clear(tab)


def test_the_bars_move_while_the_pen_is_down(tab: Page) -> None:
    put_down(tab, [*ONE, (140, 236)])  # the last pixel is a last look at the whole stroke
    expect(reading(tab)).to_have_text("1")
    expect(tab.locator(".st-key-mnist_draw__prediction .best .share")).to_contain_text("%")
    tab.mouse.up()


def test_cleared_at_once_nothing_of_the_stroke_stays(tab: Page) -> None:
    """Also where the page has not yet answered to the end of the stroke."""
    for _ in range(3):
        draw(tab, ONE)
        clear(tab)


def test_it_reads_a_picture_and_says_so_when_a_file_is_none(tab: Page) -> None:
    upload(tab, "letter.png", "image/png", b"This is a letter, not a picture.")
    expect(tab.get_by_test_id("stAlertContentWarning")).to_contain_text("readable image")
    expect(reading(tab)).to_have_text("?")
    upload(tab, "digit.png", "image/png", photo(1))
    expect(reading(tab)).to_have_text(str(int(load_test().labels[1])))


def test_a_cleared_page_forgets_the_file(tab: Page) -> None:
    upload(tab, "digit.png", "image/png", photo(1))
    place = tab.locator("[class*=st-key-mnist_draw__upload]").last
    expect(place).to_contain_text("digit.png")
    expect(reading(tab)).to_have_text(str(int(load_test().labels[1])))
    clear(tab)
    expect(place).not_to_contain_text("digit.png")
    upload(tab, "digit.png", "image/png", photo(1))
    expect(reading(tab)).to_have_text(str(int(load_test().labels[1])))


def test_a_guessed_card_follows_every_stroke(tab: Page) -> None:
    draw(tab, ONE)
    expect(reading(tab)).to_have_text("1")
    card = tab.locator(".st-key-mnist_draw__card_letter")
    card.locator("summary").click()
    card.get_by_text("100 %", exact=True).click()
    expect(card).to_contain_text("the ten shares add up to 100 %, and 1 gets")
    expect(reading(tab)).to_have_text("1")
    draw(tab, [(70, 45), (140, 45)])  # with it the drawing is a 7
    expect(reading(tab)).to_have_text("7")
    expect(card).to_contain_text("and 7 gets")
