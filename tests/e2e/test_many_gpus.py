"""Many GPUs in a browser: the ring is stepped through, goes back, plays, and hears the keyboard."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import is_there

PATH = "many_gpus.py"


def test_the_ring_step_by_step_and_by_itself(new_visitor: Any) -> None:
    page = new_visitor(reduced_motion="no-preference").open("many_gpus")
    is_there(page, PATH)
    count, state = page.locator(".ring .count"), page.locator(".ring .state")
    expect(count).to_have_text("0 of 3: Each rank has its own gradient")
    expect(state).to_have_text(["its own"] * 4)
    page.locator(".ring .step").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(state).to_have_text(["its own", "✓ mean of all", "✓ mean of all", "its own"])
    page.locator(".ring .back").click()
    expect(state).to_have_text(["its own"] * 4)
    page.locator(".ring .play").click()
    expect(state).to_have_text(["✓ mean of all"] * 4)
    expect(page.locator(".ring .play")).to_have_text("Play")
    first, second = page.locator(".ring .rank").all()
    assert first.locator("b").all_text_contents() == second.locator("b").all_text_contents()
