"""Every page in a browser: opened cold by its link, light on a desktop, dark on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

PAGES = Path(__file__).resolve().parents[2] / "pages"
FOUND = sorted(path.relative_to(PAGES).as_posix() for path in PAGES.glob("**/*.py"))


def link(path: str) -> str:
    """Where a page is found: mnist/train.py at /mnist_train, home at the root."""
    return "" if path == "home.py" else path.removesuffix(".py").replace("/", "_")


def heading(path: str) -> str:
    found = re.search(r'st\.title\(\s*"([^"]+)"', (PAGES / path).read_text())
    assert found is not None, f"{path} has no title"
    return found[1]


def is_there(page: Page, path: str) -> None:
    """Its title, its content and nothing broken."""
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_text(heading(path))
    kinds = (
        "stVegaLiteChart",
        "stPlotlyChart",
        "stDataFrame",
        "stBidiComponentRegular",
        "stBidiComponentIsolated",
    )
    shown = page.locator(", ".join(f"[data-testid={kind}]" for kind in kinds))
    expect(shown.locator("canvas, svg").first).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


OVERFLOW = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    return [document.documentElement, document.body, main].map(e => e.scrollWidth - e.clientWidth);
}"""
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 19, 24)"


def fits(page: Page, background: str) -> None:
    """Its theme is on and it does not scroll sideways."""
    expect(page.locator("body")).to_have_css("background-color", background)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
    assert page.evaluate(OVERFLOW) == [0, 0, 0]


def top(found: Locator) -> float:
    box = found.bounding_box()
    assert box is not None
    return box["y"]


def pairs(found: list[Locator]) -> zip[tuple[Locator, Locator]]:
    return zip(found[::2], found[1::2], strict=True)


COLD = ("home.py", "mnist/draw.py", "black_patch/inside.py")


@pytest.mark.parametrize("path", FOUND)
def test_it_opens_by_its_link_on_a_desktop(new_visitor: Callable[..., Any], path: str) -> None:
    page = new_visitor(color_scheme="light").open(link(path))
    is_there(page, path)
    fits(page, LIGHT)
    page.close()


@pytest.mark.parametrize("path", COLD)
def test_it_is_the_first_page_of_a_fresh_server(
    start_server: Callable[[], Any], new_visitor: Callable[..., Any], path: str
) -> None:
    cold = start_server()
    page = new_visitor(cold, color_scheme="light").open(link(path))
    is_there(page, path)
    fits(page, LIGHT)
    navigation = page.get_by_test_id("stSidebarNav")
    expect(navigation).to_be_visible()
    expect(navigation.get_by_test_id("stSidebarNavLink")).to_have_count(len(FOUND))
    page.close()
    assert "Traceback" not in cold.log
    assert cold.end() == [], "processes outlived their server"


def test_they_fit_a_phone_in_the_dark(new_visitor: Callable[..., Any]) -> None:
    visitor = new_visitor(color_scheme="dark", width=390, height=844, has_touch=True, is_mobile=True)
    for path in FOUND:
        page = visitor.open(link(path))
        is_there(page, path)
        fits(page, DARK)
        columns = page.locator("[class*=__picture_first] > [data-testid=stLayoutWrapper] > * > *")
        for settings, picture in pairs(columns.all()):
            assert top(picture) < top(settings), path
        page.close()


def test_the_navigation_leads_everywhere(new_visitor: Callable[..., Any]) -> None:
    page = new_visitor().open()
    for path in [*FOUND, "home.py"]:
        page.get_by_test_id("stSidebarNav").locator(f"a[href$='/{link(path)}']").click()
        is_there(page, path)
