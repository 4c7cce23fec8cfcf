"""The black patch as a visitor lives it: trained to its end, painted on, walked through."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import choose, short_link

TRAIN, INSIDE = "black_patch_train", "black_patch_inside"
LINK = f"{TRAIN}?{TRAIN}__epochs=2&{TRAIN}__test_size=200"


def part(tab: Page, page: str, name: str) -> Locator:
    return tab.locator(f".st-key-{page}__{name}")


def paint(tab: Page, cells: list[tuple[int, int]]) -> None:
    """Click these (row, column) of the 9 x 9 pad."""
    pad = part(tab, TRAIN, "pad").locator(".pad")
    for row, column in cells:
        pad.locator(".cell").nth(9 * row + column).click()


def test_quick_is_trained_to_its_end_judges_a_painting_and_is_seen_through_its_lenses(visitor: Any) -> None:
    tab = visitor.open(LINK)
    part(tab, TRAIN, "start").locator("button").click()
    expect(part(tab, TRAIN, "status")).to_contain_text("Finished")
    expect(tab.get_by_text(re.compile(r"13 of 25 places found"))).to_be_visible()
    verdict = part(tab, TRAIN, "verdict")
    expect(verdict).to_contain_text("No patch")  # the pad begins with one off the diagonal
    part(tab, TRAIN, "clear").locator("button").click()
    expect(part(tab, TRAIN, "pad").locator(".pad div.black")).to_have_count(0)
    paint(tab, [(row, column) for row in (3, 4, 5) for column in (3, 4, 5)])
    expect(verdict).to_contain_text(re.compile(r"^Patch"))
    part(tab, TRAIN, "pad").locator(".pad").focus()
    for _ in range(2):
        tab.keyboard.press("Space")  # the middle pixel: off, and on again
    expect(part(tab, TRAIN, "pad").locator(".pad div.black")).to_have_count(9)

    choose(tab, "mnist/embedding.py")
    tab.get_by_test_id("stMain").get_by_role("link", name="The black patch").click()
    expect(tab.get_by_text("of 200 images of the fair test")).to_be_visible()  # the run of this visit
    expect(tab.get_by_test_id("stPlotlyChart").first).to_be_visible()
    tab.goto(f"{visitor.server.url}/{short_link('black_patch/profiling.py')}")
    expect(tab.get_by_test_id("stGraphVizChart")).to_be_visible()


def test_a_walk_through_one_step(visitor: Any) -> None:
    tab = visitor.open(INSIDE)
    caption = part(tab, INSIDE, "caption_box")
    for number in range(1, 9):
        expect(caption).to_contain_text(f"{number} of 8")
        part(tab, INSIDE, "step").locator("button").click()
    expect(caption).to_contain_text("1 of 8, step 2")
    part(tab, INSIDE, "three").locator("summary").click()
    expect(part(tab, INSIDE, "three").get_by_test_id("stDataFrame")).to_be_visible()
