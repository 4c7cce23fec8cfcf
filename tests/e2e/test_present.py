"""The projector view: on every page, until one key is pressed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewVisitor, Visitor
from tests.e2e.pages import is_there, link


def root_pixels(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).fontSize"))


def test_letters_are_large_on_every_page_until_escape(visitor: Visitor) -> None:
    page = visitor.open(f"{link('runs.py')}?present=1")
    is_there(page, "runs.py")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    assert root_pixels(page) == "20px"
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    page.get_by_role("link", name="Draw a digit").last.click()  # the way on keeps it
    is_there(page, "mnist/draw.py")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.wait_for_function("location.search.includes('present=1')")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.wait_for_function("!location.search.includes('present')")
    assert root_pixels(page) == "16px"
    page.get_by_role("button", name="Projector view").click()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


def test_a_phone_is_told(new_visitor: NewVisitor) -> None:
    phone = new_visitor(width=390, height=844, user_agent="Mozilla/5.0 (iPhone) Mobile Safari")
    page = phone.open(f"{link('runs.py')}?present=1")
    is_there(page, "runs.py")
    expect(page.get_by_text("A phone is too small for the projector view")).to_be_visible()
    assert root_pixels(page) == "16px"
