"""Activations in a browser: draw, then from the picture to the operation, the arithmetic and the source."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from dlcore.inspection.activations.flow import trace
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from tests.e2e.pages import field

PAGE = "mnist_activations"


def click(tab: Page, wall: str, sheet: str, x: float, y: float) -> None:
    """On a sheet, at these shares of its sides."""
    picture = tab.locator(f".st-key-{wall} figure[data-id='{sheet}'] .sheet")
    picture.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": x * box["width"], "y": y * box["height"]})


def depth(tab: Page, name: str) -> None:
    tab.locator(field(f"{PAGE}__depth")).get_by_text(name, exact=True).click()


def number(tab: Page) -> Locator:
    return tab.locator(f".st-key-{PAGE}__number")


def draw(tab: Page) -> None:
    canvas = tab.locator(f".st-key-{PAGE}__canvas canvas.upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + 80, box["y"] + 60)
    tab.mouse.down()
    for x, y in ((200, 60), (125, 230)):
        tab.mouse.move(box["x"] + x, box["y"] + y, steps=12)
    tab.mouse.up()


def test_a_drawn_digit_is_followed_down_to_its_source(visitor: Any) -> None:
    tab = visitor.open(PAGE)
    expect(tab.locator(".st-key-activations-wall figure")).to_have_count(10)
    before = number(tab).inner_text()
    draw(tab)
    expect(tab.get_by_text("Your drawing.")).to_be_visible()
    expect(tab.locator(f".st-key-{PAGE}__prediction").get_by_test_id("stMetricValue")).to_have_text("7")
    expect(number(tab)).not_to_have_text(before)

    click(tab, "activations-wall", "conv2", 0.3, 0.3)  # the third of eight, in the second row
    expect(number(tab)).to_contain_text("conv2, map 11")
    click(tab, "activations-slide", "gives", 0.55, 0.35)
    expect(number(tab)).to_contain_text("conv2, map 11, row 4, column 6")
    depth(tab, "Operation")
    expect(tab.locator(".st-key-activations-terms figure")).to_have_count(3)
    depth(tab, "Arithmetic")
    check = tab.locator(f".st-key-{PAGE}__check")
    expect(check).to_contain_text("torch")
    by_hand, by_torch = (float(n) for n in re.findall(r"[+-]\d+\.\d+", check.inner_text()))
    assert abs(by_hand - by_torch) < 1e-4
    depth(tab, "Source")
    expect(tab.get_by_test_id("stCode")).to_contain_text("▶")
    expect(tab.get_by_test_id("stCode")).to_contain_text("self.conv2(x)")

    click(tab, "activations-wall", "pool1", 0.05, 0.1)  # another map keeps the depth
    expect(number(tab)).to_contain_text("pool1, map 1")
    expect(tab.get_by_test_id("stCode")).to_be_visible()


def window(tab: Page) -> Locator:
    return tab.locator(".st-key-activations-slide .slide")


def seen(tab: Page) -> int:
    """How much of the map the window has made."""
    return int(window(tab).get_attribute("data-seen") or 0)


def test_the_window_walks_by_itself_and_stands_still_for_a_key(new_visitor: Any) -> None:
    tab = new_visitor(width=1440, height=900, reduced_motion="no-preference").open(PAGE)
    walk = window(tab)
    expect(walk).to_have_attribute("data-playing", "true")
    walk.locator("select").select_option("2")  # else a busy machine fills the map before the key
    walk.focus()
    if walk.get_attribute("data-playing") == "false":  # as it has by now: once more, slowly
        tab.keyboard.press(" ")
    expect(walk.get_by_role("button")).to_have_text(re.compile("Pause"))
    tab.keyboard.press(" ")
    expect(walk).to_have_attribute("data-playing", "false")
    filled = seen(tab)
    assert 0 < filled < 24 * 24, "the map was filling"
    place = re.compile(r"row (\d+), column (\d+)")

    def stands() -> tuple[int, int]:
        row, column = place.findall(walk.locator(".where").inner_text())[0]
        return int(row), int(column)

    model, config = load_model(shipped_run("mnist").checkpoints[-1])
    flow = trace(model, load_test().images[0, 0].numpy(), NORMALIZE[config.normalize])
    conv, relu = flow.named("conv1").after[0], flow.named("relu1").after[0]
    row, column = stands()
    keys = ("ArrowDown" if row < 24 else "ArrowUp", "ArrowRight" if column < 24 else "ArrowLeft")
    for key in keys:  # away from a border: there it goes no further
        before = walk.locator(".where").inner_text()
        tab.keyboard.press(key)
        expect(walk.locator(".where")).not_to_have_text(before)
        row, column = (number - 1 for number in stands())
        sums = [float(number) for number in re.findall(r"[+-]\d+\.\d{4}", walk.locator(".sum").inner_text())]
        products, bias, together = sums
        assert round(products + bias, 4) == together, "what stands there adds up"
        assert abs(together - conv[row, column]) < 1e-4
        after = walk.locator(".then").inner_text().rstrip(".").split()[-1]
        assert abs(float(after) - relu[row // 2, column // 2]) < 1e-4
        expect(number(tab)).to_contain_text(f"row {row + 1}, column {column + 1}")  # the page follows
    walk.locator("select").select_option("160")
    walk.get_by_role("button").click()
    expect(walk).to_have_attribute("data-seen", str(24 * 24))
    expect(walk).to_have_attribute("data-playing", "false")


def test_with_less_motion_it_waits_and_a_map_leads_to_its_detail(new_visitor: Any) -> None:
    tab = new_visitor(width=1440, height=900, reduced_motion="reduce").open(PAGE)
    expect(window(tab)).to_have_attribute("data-seen", str(24 * 24))
    expect(window(tab)).to_have_attribute("data-playing", "false")
    wall, detail = tab.locator(".st-key-activations-wall").bounding_box(), window(tab).bounding_box()
    assert wall is not None
    assert detail is not None
    assert detail["x"] >= wall["x"] + wall["width"], "the detail stands beside the maps"
    assert detail["y"] + detail["height"] <= 900
    tab.set_viewport_size({"width": 390, "height": 844})
    expect(window(tab)).not_to_be_in_viewport()
    click(tab, "activations-wall", "conv1", 0.2, 0.2)
    expect(number(tab)).to_contain_text("conv1, map 2")
    expect(window(tab)).to_be_in_viewport()


def test_in_the_projector_view_its_keys_need_no_click(new_visitor: Any) -> None:
    tab = new_visitor(reduced_motion="reduce").open(f"{PAGE}?present=1")
    expect(window(tab)).to_have_attribute("data-playing", "false")
    tab.keyboard.press(" ")
    expect(window(tab)).to_have_attribute("data-playing", "true")
    tab.keyboard.press(" ")
    expect(window(tab)).to_have_attribute("data-playing", "false")
    expect(window(tab)).not_to_have_attribute("data-seen", str(24 * 24))
