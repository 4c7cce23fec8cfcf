"""A card in a browser: its set-up leads to what it has changed, and it stays open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import field, is_there


def test_a_set_up_scrolls_to_what_it_has_changed(new_visitor: Callable[..., Any]) -> None:
    phone = new_visitor(has_touch=True, is_mobile=True, width=390, height=844, reduced_motion="reduce")
    page = phone.open("mnist_train")
    is_there(page, "mnist/train.py")
    card = page.locator(".st-key-mnist_train__card_too_large")
    rate = page.locator(field("mnist_train__lr_exact"))
    card.locator("summary").click()
    card.get_by_text("It breaks", exact=True).click()
    card.get_by_role("button", name="Set up").click()
    expect(page.locator(field("mnist_train__preset"))).to_be_in_viewport()
    expect(rate.locator("input")).to_have_value("0.8")
    expect(card.get_by_role("button", name="Set up")).to_be_visible()
