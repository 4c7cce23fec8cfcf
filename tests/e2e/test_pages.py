"""Every page in a browser: opened by its link, light on a desktop, dark on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.first_screen import PARTS, assert_first_screen
from tests.e2e.pages import DARK, FOUND, LIGHT, choose, fits, is_there, link, short_link, sidebar
from ui.path import STOPS

PHONE = {"width": 390, "height": 844}
# One page of every section, and the way back.
CLICKED = ("runs.py", "mnist/embedding.py", "black_patch/inside.py", "optimizers/race.py", "home.py")

MARKED = """label => {
    const links = [...document.querySelectorAll(".st-key-path__sidebar a p")];
    const bold = links.filter(words => Number(getComputedStyle(words).fontWeight) >= 600);
    return bold.length === 1 && bold[0].textContent === label;
}"""


def top(found: Locator) -> float:
    box = found.bounding_box()
    assert box is not None
    return box["y"]


def assert_picture_first(page: Page) -> None:
    columns = page.locator("[class*=__picture_first] > [data-testid=stLayoutWrapper] > * > *").all()
    for settings, picture in zip(columns[::2], columns[1::2], strict=True):
        assert top(picture) < top(settings)


@pytest.mark.parametrize("path", FOUND)
def test_it_opens_by_its_link_on_a_desktop_and_fits_a_phone_in_the_dark(
    new_visitor: Callable[..., Any], path: str
) -> None:
    page = new_visitor(color_scheme="light", has_touch=True).open(short_link(path))
    is_there(page, path)
    fits(page, LIGHT)
    assert_first_screen(page, path, "desktop")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    fits(page, DARK)
    is_there(page, path)
    assert_picture_first(page)
    assert_first_screen(page, path, "phone")


def test_every_page_has_its_parts_in_a_table() -> None:
    assert sorted(PARTS) == FOUND


def test_it_is_the_first_page_of_a_fresh_server(
    start_server: Callable[[], Any], new_visitor: Callable[..., Any]
) -> None:
    cold = start_server()
    page = new_visitor(cold, color_scheme="light").open("mnist_draw")
    is_there(page, "mnist/draw.py")
    fits(page, LIGHT)
    expect(sidebar(page)).to_be_visible()
    page.close()
    assert "Traceback" not in cold.log
    assert cold.end() == [], "processes outlived their server"


def test_a_phone_that_opens_in_the_dark(new_visitor: Callable[..., Any]) -> None:
    visitor = new_visitor(color_scheme="dark", has_touch=True, is_mobile=True, **PHONE)
    page = visitor.open("mnist_train")
    is_there(page, "mnist/train.py")
    fits(page, DARK)
    assert_picture_first(page)


def test_the_navigation_leads_everywhere(new_visitor: Callable[..., Any]) -> None:
    visitor = new_visitor()
    page = visitor.open()
    links = sidebar(page).get_by_role("link", include_hidden=True)
    expect(links).to_have_count(len(STOPS))
    addresses = sorted(str(address) for address in links.evaluate_all("all => all.map(a => a.href)"))
    assert addresses == sorted(f"{visitor.server.url}/{link(path)}" for path in (stop.file for stop in STOPS))
    for path in CLICKED:
        page.wait_for_load_state("networkidle")  # a picture still on its way is gone with its page
        choose(page, path)
        is_there(page, path)


def is_marked(page: Page, label: str) -> None:
    """This page, and no other, stands in bold letters in the sidebar."""
    page.wait_for_function(MARKED, arg=label)


def test_only_the_open_section_is_unfolded_and_the_open_page_is_marked(visitor: Any) -> None:
    page = visitor.open(link("black_patch/embedding.py"))  # it shares its place in the path
    is_there(page, "black_patch/embedding.py")
    unfolded = sidebar(page).locator("details[open] summary")
    expect(unfolded).to_have_count(1)
    expect(unfolded).to_contain_text("3 Look inside")
    is_marked(page, "3.5 How layers sort images")
    choose(page, "optimizers/race.py")
    is_there(page, "optimizers/race.py")
    expect(unfolded).to_have_count(1)
    expect(unfolded).to_contain_text("2 Train it")
    is_marked(page, "2.4 Optimizer race")


def test_on_a_phone_the_sidebar_closes_after_a_choice(new_visitor: Callable[..., Any]) -> None:
    page = new_visitor(has_touch=True, **PHONE).open("optimizers_race")
    is_there(page, "optimizers/race.py")
    bar = page.get_by_test_id("stSidebar")
    for path in ("black_patch/inside.py", "runs.py"):
        expect(bar).to_have_attribute("data-collapsed", "true")
        page.get_by_test_id("stExpandSidebarButton").click()
        expect(bar).to_have_attribute("data-collapsed", "false")
        choose(page, path)
        is_there(page, path)
    expect(bar).to_have_attribute("data-collapsed", "true")
