"""Structure in a browser: a clicked row shows its sums and marks its box; graphs scroll in their own box."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import field

PAGE = "mnist_structure"
WIDER = "e => e.scrollWidth - e.clientWidth"


def test_a_step_is_touched_and_its_sums_follow(visitor: Any) -> None:
    tab = visitor.open(PAGE)
    sums = tab.locator(f".st-key-{PAGE}__sums")
    expect(sums).to_contain_text("= 691,200")
    tab.locator(f".st-key-{PAGE}__layer").get_by_text("fc1", exact=True).click()
    expect(sums).to_contain_text("256·(800 + 1) = 205,056")
    chosen = tab.locator(f".st-key-{PAGE}__steps__not_on_a_phone path[stroke-width='3']")
    expect(chosen).to_have_count(1)


def test_a_clicked_row_shows_its_sums(visitor: Any) -> None:
    tab = visitor.open(PAGE)
    graph = tab.locator(f".st-key-{PAGE}__steps__not_on_a_phone").get_by_test_id("stGraphVizChart")
    expect(graph.locator("text", has_text="conv2: Conv2d 3×3")).to_be_visible()
    table = tab.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    table.evaluate("e => e.scrollIntoView({block: 'center'})")
    table.click(position={"x": 18, "y": 52}, force=True)  # the first row's mark
    expect(tab.locator(f".st-key-{PAGE}__sums")).to_contain_text("24·(1·5·5 + 1) = 624")
    expect(graph.locator("path[stroke-width='3']")).to_have_count(1)


def test_on_a_phone_a_graph_keeps_its_letters_and_scrolls_in_its_box(new_visitor: Any) -> None:
    tab = new_visitor(width=390, height=844).open(f"{PAGE}?{PAGE}__graph=autograd&{PAGE}__saved=true")
    expect(tab.get_by_test_id("stGraphVizChart").locator("svg text").first).to_be_visible()
    box = tab.locator(f".st-key-{PAGE}__large__scrolling")
    letters = box.locator("svg text").first.bounding_box()
    assert letters is not None
    assert letters["height"] >= 12
    assert tab.get_by_test_id("stMain").evaluate(WIDER) == 0
    tab.locator(field(f"{PAGE}__graph")).get_by_text("Steps").click()
    expect(tab.locator(f".st-key-{PAGE}__steps__not_on_a_phone")).to_be_hidden()
    steps = tab.locator(f".st-key-{PAGE}__upright__only_on_a_phone")
    letters = steps.locator("svg text", has_text="conv2: Conv2d 3×3")
    expect(letters).to_be_visible()
    size = letters.bounding_box()
    assert size is not None
    assert size["height"] >= 12
    assert steps.evaluate(WIDER) == 0, "upright, it needs no scrolling sideways"
    assert tab.get_by_test_id("stMain").evaluate(WIDER) == 0
