"""A word explains itself: to a mouse, to the keyboard, to a finger; and all of them have a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from dlcore.glossary import BY_NAME
from tests.e2e.pages import is_there

RATE = BY_NAME["learning rate"].meaning


def test_a_mouse_and_the_keyboard_ask_for_a_word(visitor: Any) -> None:
    page = visitor.open("mnist_train?present=1")
    is_there(page, "mnist/train.py")
    word = page.get_by_test_id("stMain").get_by_role("link", name="learning rate", exact=True).first
    expect(word).to_have_accessible_description(RATE)
    said = page.get_by_role("tooltip")
    word.hover()
    expect(said).to_have_text(RATE)
    said.hover()  # a mouse may go to what it reads
    expect(said).to_have_text(RATE)
    page.get_by_role("heading", level=1).hover()
    expect(said).to_have_count(0)
    page.keyboard.press("Tab")  # from now on, the keyboard
    word.focus()
    expect(said).to_have_text(RATE)
    expect(word).to_have_accessible_description(RATE)
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(page.get_by_text("Leave the projector view")).to_be_visible()  # Esc shut the box alone
    page.keyboard.press("Enter")
    expect(said).to_have_text(RATE)


def test_a_finger_asks_for_a_word_and_the_page_stays(new_visitor: Callable[..., Any]) -> None:
    page = new_visitor(has_touch=True, is_mobile=True, width=390, height=844).open("mnist_train")
    is_there(page, "mnist/train.py")
    said = page.get_by_role("tooltip")
    page.get_by_test_id("stMain").get_by_role("link", name="learning rate", exact=True).first.tap()
    expect(said).to_have_text(RATE)
    box = said.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    page.get_by_role("heading", level=1).tap()
    expect(said).to_have_count(0)
    assert len(page.context.pages) == 1


def test_all_words_have_a_page_with_a_place_for_each(visitor: Any) -> None:
    page = visitor.open("words#softmax")
    is_there(page, "words.py")
    expect(page.get_by_role("heading", name="softmax")).to_be_in_viewport()
    find = page.get_by_label("Find a word")
    find.fill("nats")
    find.press("Enter")
    expect(page.locator(".st-key-words__all h3")).to_have_count(1)
    expect(page.get_by_text(BY_NAME["nat"].meaning)).to_be_visible()
    page.locator(".st-key-words__all").get_by_role("link", name="Bug lab").click()
    is_there(page, "bug_lab.py")
