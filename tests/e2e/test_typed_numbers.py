"""Numbers as a hand types them; and on a phone a sidebar that is shut at first, whatever was before."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor, Visitor
from tests.e2e.pages import field, is_there, link

SAID = ".out-of-bounds"


def test_a_comma_is_understood_and_bounds_are_said(visitor: Visitor) -> None:
    page = visitor.open(link("mnist/train.py"))
    is_there(page, "mnist/train.py")
    rate = page.locator(field("mnist_train__lr_exact")).locator("input")
    rate.fill("")
    rate.press_sequentially("0,02")
    expect(rate).to_have_value("0.02")
    rate.press("Enter")
    page.wait_for_function("location.search.includes('mnist_train__lr=0.02')")
    expect(page.locator(SAID)).to_have_count(0)
    rate.fill("11")
    rate.press("Enter")
    expect(page.locator(SAID)).to_have_text("From 0.000001 to 10: 11 is not taken.")
    rate.fill("1")
    expect(page.locator(SAID)).to_have_count(0)


def test_on_a_phone_a_link_opens_on_its_page(new_visitor: NewVisitor) -> None:
    phone = new_visitor(width=390, height=844)
    page = phone.open(link("tensors.py"))
    is_there(page, "tensors.py")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.locator(".st-key-path__sidebar")).to_be_in_viewport()
    page = phone.open(link("words.py"))
    is_there(page, "words.py")
    expect(page.locator(".st-key-path__sidebar")).not_to_be_in_viewport()


def test_what_is_being_typed_stays_when_a_run_ends_meanwhile(visitor: Visitor) -> None:
    """The whole page is drawn again then."""
    page = visitor.open("mnist_train?mnist_train__preset=class&mnist_train__epochs=3&mnist_train__device=cpu")
    start = page.locator(".st-key-mnist_train__start button")
    start.click()
    expect(page).to_have_url(re.compile(r"[?&]run="))
    seed = page.locator(field("mnist_train__seed")).locator("input")
    seed.fill("12")
    expect(start).to_be_enabled()
    expect(seed).to_have_value("12")
    seed.press("Enter")
    expect(page).to_have_url(re.compile("mnist_train__seed=12"))
