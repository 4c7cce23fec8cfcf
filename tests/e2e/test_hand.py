"""One's own hand on a phone: a finger draws it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.pages import is_there
from tests.e2e.test_draw import ONE, SEVEN, Stroke
from tests.e2e.test_pages import PHONE

CANVAS = ".st-key-mnist_hand__canvas canvas.upper-canvas"


def by_finger(page: Page, stroke: Stroke) -> None:
    canvas = page.locator(CANVAS)
    expect(canvas).to_have_count(1)  # a cleared one makes place for the next
    canvas.scroll_into_view_if_needed()
    canvas.hover(trial=True)  # the page has come to rest
    box = canvas.bounding_box()
    assert box is not None
    assert box["width"] == 280
    (x, y), (to_x, to_y) = stroke[0], stroke[-1]
    touch = page.context.new_cdp_session(page)
    for step in range(13):
        at = {"x": box["x"] + x + (to_x - x) * step / 12, "y": box["y"] + y + (to_y - y) * step / 12}
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_draws_and_keeps_a_hand(new_visitor: Any) -> None:
    page = new_visitor(has_touch=True, is_mobile=True, **PHONE).open("mnist_hand")
    is_there(page, "mnist/hand.py")
    page.get_by_text("My hand", exact=True).tap()
    keep = page.locator(".st-key-mnist_hand__keep button")
    for number, stroke in enumerate((ONE, SEVEN)):
        expect(page.get_by_text(f"Write a {number} · {number + 1} of 50")).to_be_visible()
        by_finger(page, stroke)
        expect(page.get_by_text("It reads")).not_to_have_count(0)
        expect(keep).to_have_text(f"Keep this {number}")
        keep.tap()
    expect(page.get_by_text("Write a 2 · 3 of 50")).to_be_visible()
    expect(page.locator(".st-key-mnist_hand__teach button")).to_be_enabled()
