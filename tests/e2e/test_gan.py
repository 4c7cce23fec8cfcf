"""The forger's game in a browser: pictures are marked and told; the plane plays, goes back, is drawn on."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import field, is_there

BOARD = """[...document.querySelectorAll("*")]
    .map(element => element.shadowRoot?.querySelector(".forger")).find(Boolean).board"""
# So many pictures of the screen, and how often the board has painted meanwhile.
COUNTED = f"""() => new Promise(done => {{
    const board = {BOARD}, before = board.painted;
    let pictures = 0;
    const count = () => {{
        pictures += 1;
        if (pictures < 40) requestAnimationFrame(count);
        else done([board.painted - before, pictures]);
    }};
    requestAnimationFrame(count);
}})"""


def click_cell(page: Page, sheet: Locator, column: int, row: int) -> None:
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + (column + 0.5) * box["width"] / 5, box["y"] + (row + 0.5) * box["height"] / 2)


def test_pictures_are_marked_and_who_is_who_is_told(visitor: Any) -> None:
    page = visitor.open("gan")
    is_there(page, "gan.py")
    sheet = page.locator(".st-key-gan-quiz .sheet")
    click_cell(page, sheet, 0, 0)
    expect(page.get_by_text("1 of 10 marked as fakes")).to_be_visible()
    expect(sheet.locator(".box")).to_have_count(1)
    click_cell(page, sheet, 3, 1)
    expect(page.get_by_text("2 of 10 marked as fakes")).to_be_visible()
    click_cell(page, sheet, 0, 0)
    expect(page.get_by_text("1 of 10 marked as fakes")).to_be_visible()
    page.get_by_role("button", name="Who is who?").click()
    expect(page.get_by_text(re.compile(r"you \d+ of 10 right, the detective \d+ of 10"))).to_be_visible()
    expect(page.locator(".st-key-gan__pictures figure")).to_have_count(10)
    page.get_by_role("button", name="Ten others").click()
    expect(page.get_by_text("0 of 10 marked as fakes")).to_be_visible()


def step(page: Page) -> int:
    return int(page.locator(".forger .number").inner_text().replace(",", ""))


def ink(page: Page) -> str:
    """Of what is asked for by now: the board paints with the browser's next frame."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return str(page.locator(".forger canvas.ground").evaluate("canvas => canvas.toDataURL()"))


def playing(page: Page, beyond: int) -> None:
    """Who wants less motion has to ask for it."""
    page.locator(".forger").get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => {BOARD}.shown > {beyond}")


def test_the_plane_plays_goes_back_and_is_stepped_one_side_at_a_time(visitor: Any) -> None:
    page = visitor.open("gan_plane")
    is_there(page, "gan/plane.py")
    expect(page.locator(".forger .number")).to_have_text("300")
    playing(page, 320)
    page.get_by_role("button", name="Pause").click()
    there, at = ink(page), step(page)
    scrub = page.locator(".forger .scrub")
    scrub.fill("0")
    expect(page.locator(".forger .number")).to_have_text("0")
    assert ink(page) != there
    scrub.fill(str(at))
    expect(page.locator(".forger .number")).to_have_text(f"{at:,}")
    assert ink(page) == there, "the same moment, the same picture"
    page.get_by_role("button", name="Step detective").click()
    expect(page.locator(".forger .number")).to_have_text(f"{at + 1:,}")
    page.get_by_role("button", name="Step forger").click()
    expect(page.locator(".forger .number")).to_have_text(f"{at + 2:,}")
    page.get_by_role("button", name="Slow motion").click()
    story = page.locator(".forger .story")
    expect(story).to_contain_text("1 of 8")
    story.get_by_role("button", name="Next").click()
    expect(story).to_contain_text("2 of 8")
    story.get_by_role("button", name="Close").click()
    expect(story).to_be_hidden()


def test_a_step_that_was_too_much_at_once_is_asked_for_again(visitor: Any) -> None:
    page = visitor.open("gan_plane")
    is_there(page, "gan/plane.py")
    expect(page.locator(".forger .number")).to_have_text("300")
    page.route("**/forger/frames", lambda route: route.fulfill(status=429, body="Wait a second."), times=1)
    page.get_by_role("button", name="Step detective").click()
    expect(page.locator(".forger .number")).to_have_text("301")
    expect(page.locator(".forger .words")).not_to_contain_text("Wait")


def test_a_knob_and_a_preset_change_the_game_and_ones_own_points_are_imitated(visitor: Any) -> None:
    page = visitor.open("gan_plane")
    is_there(page, "gan/plane.py")
    page.locator(".forger [data-knob=d_steps]").fill("0")
    page.locator(".forger [data-knob=d_steps]").press("Enter")
    expect(page.locator(".forger .words")).to_contain_text("The detective sleeps")
    expect(page).to_have_url(re.compile("gan_plane__preset=asleep"))
    page.locator(field("gan_plane__preset")).get_by_text("Two moons").click()
    expect(page.locator(".forger [data-knob=data]")).to_have_value("moons")
    expect(page.locator(".forger [data-knob=d_steps]")).to_have_value("1")
    page.locator(".forger [data-knob=data]").select_option("own")
    expect(page.locator(".forger .words")).to_contain_text("Put some points on the plane first.")
    page.locator(".forger .plane").focus()
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".forger .spot")).to_be_visible()
    expect(page.locator(".forger .cursor")).to_have_text("At (0.1, 0.1). Put so far: 1.")
    box = page.locator(".forger .plane").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 150, steps=8)
    page.mouse.up()
    playing(page, 5)


def test_the_board_paints_every_picture_of_the_screen(visitor: Any) -> None:
    page = visitor.open("gan_plane")
    is_there(page, "gan/plane.py")
    playing(page, 305)
    painted, pictures = page.evaluate(COUNTED)
    assert painted >= pictures - 2, "one for each that the screen shows"
