"""Activations in a browser: draw, then from the picture to the operation, the arithmetic and the source."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

PAGE = "mnist_activations"


def click(tab: Page, wall: str, sheet: str, x: float, y: float) -> None:
    """On a sheet, at these shares of its sides."""
    picture = tab.locator(f".st-key-{wall} figure[data-id='{sheet}'] .sheet")
    picture.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": x * box["width"], "y": y * box["height"]})


def depth(tab: Page, name: str) -> None:
    tab.locator(f".st-key-{PAGE}__depth").get_by_text(name, exact=True).click()


def number(tab: Page) -> Locator:
    return tab.locator(f".st-key-{PAGE}__number")


def draw(tab: Page) -> None:
    canvas = tab.locator(f".st-key-{PAGE}__canvas canvas.upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + 80, box["y"] + 60)
    tab.mouse.down()
    for x, y in ((200, 60), (125, 230)):
        tab.mouse.move(box["x"] + x, box["y"] + y, steps=12)
    tab.mouse.up()


def test_a_drawn_digit_is_followed_down_to_its_source(visitor: Any) -> None:
    tab = visitor.open(PAGE)
    expect(tab.locator(".st-key-activations-wall figure")).to_have_count(10)
    before = number(tab).inner_text()
    draw(tab)
    expect(tab.get_by_text("Your drawing.")).to_be_visible()
    expect(tab.locator(f".st-key-{PAGE}__prediction").get_by_test_id("stMetricValue")).to_have_text("7")
    expect(number(tab)).not_to_have_text(before)

    click(tab, "activations-wall", "conv2", 0.3, 0.3)  # the third of eight, in the second row
    expect(number(tab)).to_contain_text("conv2, map 11")
    click(tab, "activations-picture", "gives", 0.55, 0.35)
    expect(number(tab)).to_contain_text("conv2, map 11, row 4, column 6")
    depth(tab, "Operation")
    expect(tab.locator(".st-key-activations-terms figure")).to_have_count(3)
    depth(tab, "Arithmetic")
    check = tab.locator(f".st-key-{PAGE}__check")
    expect(check).to_contain_text("torch")
    by_hand, by_torch = (float(n) for n in re.findall(r"[+-]\d+\.\d+", check.inner_text()))
    assert abs(by_hand - by_torch) < 1e-4
    depth(tab, "Source")
    expect(tab.get_by_test_id("stCode")).to_contain_text("▶")
    expect(tab.get_by_test_id("stCode")).to_contain_text("self.conv2(x)")

    click(tab, "activations-wall", "pool1", 0.05, 0.1)  # another map keeps the depth
    expect(number(tab)).to_contain_text("pool1, map 1")
    expect(tab.get_by_test_id("stCode")).to_be_visible()
