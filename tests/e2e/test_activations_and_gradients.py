"""The page of deep stacks in a browser: a change is seen, a cure cures, the tangent is moved by hand."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import is_there

PAGE = "activations_and_gradients"


def test_a_cure_is_seen_at_once_and_stands_in_the_address(visitor: Any) -> None:
    page = visitor.open(PAGE)
    is_there(page, f"{PAGE}.py")
    stage = page.locator("[data-testid=stMain]")
    expect(stage).to_contain_text("that of the last 0.00544")
    bars = page.get_by_label(re.compile("^The gradient of 10 layers' weights: 5.1 × 10⁻⁹ at the first"))
    expect(bars).to_be_visible()
    page.get_by_role("button", name="ReLU with He weights").click()
    expect(stage).to_contain_text("Healthy")
    expect(bars).to_have_count(0)
    expect(page).to_have_url(re.compile(f"{PAGE}__activation=relu"))
    depth = page.locator(f".st-key-{PAGE}__depth input")
    depth.press("ArrowRight")
    expect(page.get_by_label(re.compile("^The gradient of 11 layers"))).to_be_visible()


def test_the_tangent_is_moved_by_hand_and_by_keys(visitor: Any) -> None:
    page = visitor.open(PAGE)
    is_there(page, f"{PAGE}.py")
    said = page.locator(".slope .said")
    expect(said).to_have_text(
        "At 0.00, Sigmoid gives 0.5 and has slope 0.25. 10 layers of that slope: 0.25¹⁰ = 9.5 × 10⁻⁷."
    )
    canvas = page.get_by_role("slider", name="Where the tangent touches")
    canvas.press("ArrowRight")
    expect(said).to_contain_text("At 0.10, Sigmoid gives 0.525")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 40)
    expect(said).to_contain_text("At 3.0")
    expect(said).to_contain_text("has slope 0.04")
