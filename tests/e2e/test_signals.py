"""Activations and gradients in a browser: every control is answered at once, by hand and by keyboard."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.pages import is_there

PATH, ADDRESS = "activations_and_gradients.py", "activations_and_gradients"


def knob(page: Page, name: str) -> Any:
    return page.locator(f".signals [data-knob={name}]")


def ink(page: Page, canvas: str) -> str:
    """A picture as text."""
    return str(page.locator(f".signals canvas.{canvas}").evaluate("canvas => canvas.toDataURL()"))


def test_a_change_is_answered_without_a_click_and_a_cure_cures(visitor: Any) -> None:
    page = visitor.open(ADDRESS)
    is_there(page, PATH)
    words, legend = page.locator(".signals .words"), page.locator(".signals .bars-side .legend")
    expect(words).to_contain_text("Vanishing: layer 1 gets")
    before = [ink(page, canvas) for canvas in ("bars", "forward", "backward")]
    page.get_by_role("button", name="Residual connections").click()
    expect(words).to_contain_text("Healthy")
    expect(knob(page, "residual")).to_be_checked()
    after = [ink(page, canvas) for canvas in ("bars", "forward", "backward")]
    assert all(old != new for old, new in zip(before, after, strict=True)), "all three are painted anew"
    knob(page, "residual").uncheck()
    knob(page, "activation").select_option("relu")
    knob(page, "init").select_option("large")
    expect(words).to_contain_text("Exploding")
    knob(page, "depth").fill("30")
    expect(legend).to_contain_text("layer 30:")
    expect(page).to_have_url(re.compile(r"activations_and_gradients__depth=30"))
    expect(page.locator(".signals .curve-side .power")).to_contain_text("30 such slopes")


def test_the_tangent_and_the_layer_are_moved_by_hand_and_a_card_sets_the_board_up(visitor: Any) -> None:
    page = visitor.open(ADDRESS)
    is_there(page, PATH)
    curve, reading = page.locator(".signals canvas.curve"), page.locator(".signals .reading")
    expect(reading).to_contain_text("slope 0.250")
    expect(page.locator(".signals .power")).to_contain_text("9.5 · 10⁻⁷")
    curve.press("ArrowRight")
    expect(reading).to_contain_text("At 0.05")
    box = curve.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 80, steps=4)
    page.mouse.up()
    expect(reading).to_contain_text(re.compile(r"At 4\.[78]"))
    page.get_by_role("button", name="Go to the steepest place").click()
    expect(reading).to_contain_text("At 0.00")
    bars, path = page.locator(".signals canvas.bars"), page.locator(".signals .path")
    expect(path).to_contain_text("(9 factors)")
    bars.press("End")
    expect(page.locator(".signals .which")).to_have_text("Layer 10 of 10")
    bars.press("ArrowLeft")
    expect(bars).to_have_attribute("aria-valuetext", re.compile("^Layer 9 of 10: gradient "))
    expect(path).to_contain_text(re.compile(r"at the end × 0\.2\d = "))
    page.get_by_text("PyTorch's own first weights").click()
    # By keyboard: the card is opening still, and what moves between down and up is not clicked.
    page.get_by_role("button", name="Set up: ten ReLU layers, PyTorch's own weights").press("Enter")
    expect(knob(page, "init")).to_have_value("torch")
    expect(page.locator(".signals .words")).to_contain_text("Mute: layer 10")
