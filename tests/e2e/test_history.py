"""Back and forward: one press is one page, whatever a page puts into its URL; each has its own query."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.pages import LOOK, choose, heading, link
from ui.path import STOPS

# Home comes between pages that put their set-up into the URL by themselves.
WAY = [stop.file for stop in STOPS]


def is_drawn(page: Page, path: str) -> None:
    """This page, whole, at its address, with nothing of another page in its query."""
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_text(heading(path))
    page.wait_for_function("path => location.pathname === path", arg=f"/{link(path)}", polling=LOOK)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    drawn = "[...document.images].every(image => image.complete)"  # they go with their page
    page.wait_for_function(drawn, polling=LOOK)
    own = f"{link(path) or 'home'}__"
    names = [name for name, _ in parse_qsl(urlsplit(page.url).query)]
    assert [name for name in names if "__" in name and not name.startswith(own)] == []


def entries(page: Page) -> int:
    return int(page.evaluate("history.length"))


def test_one_press_is_one_page_through_all_of_them(visitor: Visitor) -> None:
    page = visitor.open()
    is_drawn(page, WAY[0])
    begun = entries(page)
    queries = []
    for path in WAY[1:]:
        choose(page, path)
        is_drawn(page, path)
        queries.append(urlsplit(page.url).query)
    assert any("__" in query for query in queries), "no page has put anything into its URL"
    assert entries(page) - begun == len(WAY) - 1
    for path in WAY[-2::-1]:
        page.go_back(wait_until="commit")
        is_drawn(page, path)
    for path in WAY[1:3]:
        page.go_forward(wait_until="commit")
        is_drawn(page, path)
    assert entries(page) - begun == len(WAY) - 1


def test_a_page_that_was_left_at_once_leaves_nothing_behind(visitor: Visitor) -> None:
    page = visitor.open()
    is_drawn(page, "home.py")
    choose(page, "optimizers/race.py")
    page.wait_for_function("location.pathname === '/optimizers_race'")
    page.go_back(wait_until="commit")
    is_drawn(page, "home.py")
    # What may still come from the page that was left, and at no certain time: its query, then itself.
    page.evaluate("history.pushState({}, '', '/?optimizers_race__hill=bowl&run=shipped')")
    assert urlsplit(page.url).query == "run=shipped"
    page.evaluate("history.pushState({}, '', '/optimizers_race?optimizers_race__hill=bowl')")
    assert urlsplit(page.url).path == "/"
    page.go_forward(wait_until="commit")
    is_drawn(page, "optimizers/race.py")
    choose(page, "runs.py")
    expect(page).to_have_url(re.compile("/runs"))
    is_drawn(page, "runs.py")
