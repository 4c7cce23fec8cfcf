"""The digits' embedding in a browser: a click on a digit shows it, and another layer keeps it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import field

PAGE = "mnist_embedding"


def test_a_clicked_digit_is_followed_from_layer_to_layer(visitor: Any) -> None:
    tab = visitor.open(PAGE)
    marks = tab.locator(f".st-key-{PAGE}__scatter .scatterlayer .trace .point")
    expect(marks.first).to_be_attached()
    picture = tab.get_by_alt_text("The picked test image")
    expect(picture).to_be_visible()
    before = picture.get_attribute("src")
    marks.nth(300).click(force=True)
    expect(picture).not_to_have_attribute("src", before or "")
    after = picture.get_attribute("src")
    tab.locator(field(f"{PAGE}__layer")).get_by_text("Logits", exact=True).click()
    expect(tab.get_by_text("of the variance of 10 numbers")).to_be_visible()
    expect(picture).to_have_attribute("src", after or "")
