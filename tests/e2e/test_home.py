"""Home in a browser: the first stroke is read at once, and who comes again goes on where they were."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import choose, is_there
from tests.e2e.test_draw import ONE


def test_the_first_stroke_is_read_and_passes_through_the_machine(visitor: Any) -> None:
    page = visitor.open()
    is_there(page, "home.py")
    canvas = page.locator(".st-key-home__canvas canvas.upper-canvas")
    said = page.locator(".st-key-home__prediction .reads b")
    (x, y), (_, end) = ONE
    canvas.hover(position={"x": x, "y": y})  # it waits until the page has come to rest
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] + x, box["y"] + end, steps=12)
    expect(said).to_have_text("1")
    page.mouse.up()
    expect(page.get_by_text("Say which digit you meant")).to_be_visible()
    page.locator(".st-key-home__meant").get_by_text("1", exact=True).click()
    expect(page.get_by_test_id("stMetric")).to_contain_text("Loss of this digit")
    expect(said).to_have_text("1")


COVERED = """bar => {
    const box = bar.getBoundingClientRect(), words = document.createRange();
    const covers = line =>
        line.left < box.right && line.right > box.left && line.top < box.bottom && line.bottom > box.top;
    return [...document.querySelectorAll("[data-testid=stMain] :is(h1, p)")]
        .filter(element => (words.selectNodeContents(element), [...words.getClientRects()].some(covers)))
        .map(element => element.textContent);
}"""


def test_the_canvas_toolbar_covers_no_words(visitor: Any) -> None:
    page = visitor.open()
    is_there(page, "home.py")
    page.locator(".st-key-home__canvas canvas.upper-canvas").hover(position={"x": 140, "y": 200})
    expect(page.locator(".st-key-home__canvas .dc-toolbar")).to_have_css("opacity", "1")
    bar = page.locator(".st-key-home__canvas .dc-toolbar-card")
    still = page.wait_for_function(
        "bar => !bar.parentElement.getAnimations().length", arg=bar.element_handle()
    )
    assert still
    assert bar.evaluate(COVERED) == []


def test_who_comes_again_goes_on_where_they_were(visitor: Any) -> None:
    page = visitor.open("black_patch_inside")
    is_there(page, "black_patch/inside.py")
    choose(page, "home.py")
    is_there(page, "home.py")
    go_on = page.locator(".st-key-home__go_on button")
    for _ in range(2):
        expect(go_on).to_contain_text("Go on: 3.1 One step by hand")
        expect(page.get_by_text("✓ opened", exact=False).last).to_be_visible()
        page.reload()
    go_on.click()
    is_there(page, "black_patch/inside.py")
