"""Drawing with a finger on a phone: bars move under it, and a drawing of one's own hand is kept."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import is_there
from tests.e2e.test_pages import PHONE

SEVEN = ((80, 60), (200, 60), (150, 150), (120, 240))
NOUGHT = ((140, 50), (70, 100), (70, 190), (140, 235), (210, 190), (210, 100), (140, 50))


class Finger:
    """Touches the canvas of a page, as a phone reports it."""

    def __init__(self, page: Page) -> None:
        canvas = page.locator("canvas.upper-canvas")
        expect(canvas).to_have_count(1)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        self._left, self._top = box["x"], box["y"]
        self._phone = page.context.new_cdp_session(page)

    def _touch(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": self._left + x, "y": self._top + y} for x, y in places]
        self._phone.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def draw(self, stroke: tuple[tuple[float, float], ...]) -> None:
        """The finger stays on the canvas."""
        self._touch("touchStart", stroke[0])
        for (x1, y1), (x2, y2) in pairwise(stroke):
            for step in range(1, 11):
                self._touch("touchMove", (x1 + (x2 - x1) * step / 10, y1 + (y2 - y1) * step / 10))

    def lift(self) -> None:
        self._touch("touchEnd")


@pytest.fixture
def phone(new_visitor: Any) -> Any:
    return new_visitor(has_touch=True, is_mobile=True, **PHONE)


def test_bars_move_under_the_finger(phone: Any) -> None:
    page = phone.open("mnist_draw")
    is_there(page, "mnist/draw.py")
    page.locator(".st-key-mnist_draw__clear button").tap()
    reads = page.locator(".vote .reads b")
    expect(reads).to_have_text("?")
    finger = Finger(page)
    finger.draw(SEVEN)
    expect(reads).to_have_text("7")
    finger.lift()
    expect(page.locator(".vote .note")).to_contain_text("Your drawing.")
    expect(reads).to_have_text("7")


def test_a_drawing_of_ones_own_hand_is_kept_over_a_reload(phone: Any) -> None:
    page = phone.open("mnist_hand")
    is_there(page, "mnist/hand.py")
    page.locator(".st-key-mnist_hand__whose").get_by_text("My hand", exact=True).tap()
    prompt = page.get_by_text(re.compile(r"Write a \d · \d+ of \d+"))
    expect(prompt).to_contain_text("Write a 0 · 1 of")
    finger = Finger(page)
    finger.draw(NOUGHT)
    finger.lift()
    expect(page.get_by_text("What it reads will stand here.")).to_have_count(0)
    page.get_by_role("button", name="Keep this 0").tap()
    expect(prompt).to_contain_text("Write a 1 · 2 of")
    page.reload()
    expect(prompt).to_contain_text("Write a 1 · 2 of")
