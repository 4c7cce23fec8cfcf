"""Fool it in a browser: the digit stays where it is, whoever changes it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import is_there


def test_by_hand_the_digit_stays_where_it_is_and_is_put_back(visitor: Any) -> None:
    page = visitor.open("mnist_fool")
    is_there(page, "mnist/fool.py")
    sheet = page.locator(".st-key-mnist_fool-digit .sheet")
    expect(page.get_by_text("Untouched: it reads a 7")).to_be_visible()
    before = sheet.bounding_box()
    page.locator(".st-key-mnist_fool__mode").get_by_text("By hand").click()
    expect(page.get_by_text("A click makes a pixel white")).to_be_visible()
    assert sheet.bounding_box() == before
    sheet.click(position={"x": 6, "y": 6})
    expect(sheet.locator(".box")).to_have_count(1)
    expect(page.get_by_text("Yours: 1 pixel.")).to_be_visible()
    assert sheet.bounding_box() == before
    page.get_by_role("button", name="Take all back").click()
    expect(sheet.locator(".box")).to_have_count(0)
