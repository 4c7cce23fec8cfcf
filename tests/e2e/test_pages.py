"""Every page in a browser: opened by its link, light on a desktop, dark on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import DARK, FOUND, LIGHT, fits, is_there, link, short_link
from ui.path import STOPS

PHONE = {"width": 390, "height": 844}
# One page of every section, and the way back.
CLICKED = ("runs.py", "mnist/embedding.py", "black_patch/inside.py", "optimizers/race.py", "home.py")


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
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    fits(page, DARK)
    is_there(page, path)
    assert_picture_first(page)


def test_it_is_the_first_page_of_a_fresh_server(
    start_server: Callable[[], Any], new_visitor: Callable[..., Any]
) -> None:
    cold = start_server()
    page = new_visitor(cold, color_scheme="light").open("mnist_draw")
    is_there(page, "mnist/draw.py")
    fits(page, LIGHT)
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()
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
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_count(len(STOPS))
    addresses = sorted(str(address) for address in links.evaluate_all("all => all.map(a => a.href)"))
    assert addresses == sorted(f"{visitor.server.url}/{link(path)}" for path in (stop.file for stop in STOPS))
    for path in CLICKED:
        page.wait_for_load_state("networkidle")  # a picture still on its way is gone with its page
        page.get_by_test_id("stSidebarNav").locator(f"a[href$='/{link(path)}']").click()
        is_there(page, path)
