"""The recogniser in a browser: the crop is dragged, an answer comes into sight, wrong weights are said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dlcore.vision.hub import serving
from tests.e2e.pages import AT_REST, is_there

PATH = "recogniser.py"


def square(page: Page) -> Locator:
    return page.locator(".st-key-recogniser-crop .square")


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def named(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stMain").get_by_text(re.compile(words)).first).to_be_visible()


def test_the_square_is_dragged_and_the_answer_follows(visitor: Any) -> None:
    page = visitor.open("recogniser?recogniser__photo=giraffe")
    is_there(page, PATH)
    expect(square(page)).to_have_attribute("aria-label", re.compile("50 % across, 50 % down. Arrow keys"))
    before = page.get_by_test_id("stMain").get_by_text(re.compile("^It says")).first.inner_text()
    x, y = middle(square(page))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y, steps=3)
    page.mouse.move(x - 200, y, steps=3)
    page.mouse.up()
    expect(square(page)).to_have_attribute("aria-label", re.compile(": 0 % across, 50 % down"))
    expect(page).to_have_url(re.compile("recogniser__across=0(&|$|.0)"))
    expect(page.get_by_text(before, exact=True)).to_have_count(0)
    expect(square(page)).to_have_css("left", "0px")


def test_arrow_keys_move_it_and_it_stays_within(visitor: Any) -> None:
    page = visitor.open("recogniser")
    is_there(page, PATH)
    square(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(square(page)).to_have_attribute("aria-label", re.compile("57 % across, 50 % down"))
    expect(page).to_have_url(re.compile("recogniser__across=0.57"))
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    expect(square(page)).to_have_attribute("aria-label", re.compile("57 % across, 0 % down"))
    expect(page).to_have_url(re.compile("recogniser__down=0"))
    expect(square(page)).to_be_focused()


def test_a_finger_moves_it_and_the_page_stays(new_visitor: Callable[..., Any]) -> None:
    page = new_visitor(has_touch=True, is_mobile=True, width=390, height=844).open("recogniser")
    is_there(page, PATH)
    x, y = middle(square(page))
    client = page.context.new_cdp_session(page)
    touch = "Input.dispatchTouchEvent"
    client.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        point = {"x": x + 8 * step, "y": y - 8 * step}
        client.send(touch, {"type": "touchMove", "touchPoints": [point]})
    client.send(touch, {"type": "touchEnd", "touchPoints": []})
    expect(square(page)).to_have_attribute("aria-label", re.compile(": 100 % across, 0 % down"))
    expect(page).to_have_url(re.compile("recogniser__across=1"))
    assert middle(page.get_by_role("heading", level=1))[1] > 0, "the page was not scrolled"


def test_a_cards_answer_comes_into_sight(visitor: Any) -> None:
    page = visitor.open("recogniser")
    is_there(page, PATH)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    card = page.locator(".st-key-recogniser__card_mode")
    card.locator("summary").click()
    page.wait_for_function(AT_REST)
    card.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("Right would have been German shepherd")).to_be_in_viewport(ratio=1)


def test_a_place_says_its_number_when_it_is_pointed_at(visitor: Any) -> None:
    page = visitor.open("recogniser")
    is_there(page, PATH)
    figure = page.locator(".st-key-recogniser-looked figure")
    sheet, note = figure.locator(".sheet"), figure.locator("figcaption span")
    sheet.scroll_into_view_if_needed()
    expect(note).to_have_text("Point at a place: its number")
    sheet.hover(position={"x": 5, "y": 5})
    expect(note).to_have_text(re.compile(r"Row 1, column 1: [+-]\d"))
    sheet.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(note).to_have_text(re.compile(r"Row 2, column 2: [+-]\d"))


def test_what_came_instead_of_the_weights_is_said_and_can_be_cancelled(
    start_server: Callable[[], Any], new_visitor: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as hub:
        monkeypatch.setenv("DLLAB_WEIGHTS_HUB", hub.address)
        monkeypatch.delenv("DLLAB_WEIGHTS", raising=False)
        hub.files["squeezenet1_1-b8a52dc0.pth"], hub.part = bytes(4_900_000), 2_000_000
        page = new_visitor(start_server()).open("recogniser?recogniser__network=squeezenet1_1")
        expect(page.get_by_text("SqueezeNet1.1 is not on this machine yet.")).to_be_visible()
        page.get_by_role("button", name="Fetch it: 5.0 MB").click()
        expect(page.get_by_text(re.compile(r"Fetching 2\.0 of 4\.9 MB"))).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Fetch it: 5.0 MB")).to_be_visible()
        hub.part = None
        page.get_by_role("button", name="Fetch it: 5.0 MB").click()
        expect(page.get_by_text("What came is not squeezenet1_1-b8a52dc0.pth")).to_be_visible()
        named(page, "Click a photograph")
        page.close()
