"""Other images in a browser: letters are chosen on Train, learned, taken up again, and drawn."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import field
from tests.e2e.test_draw import ONE, draw

STATUS = ".st-key-mnist_train__status"
SHORT = "mnist_train?mnist_train__preset=class&mnist_train__epochs=3&mnist_train__device=cpu"
LETTERS = re.compile(r"mnist_train__dataset=letters(@|%40)[0-9a-f]{12}")


def test_letters_are_chosen_learned_and_drawn(visitor: Any) -> None:
    page = visitor.open(SHORT)
    page.locator(field("mnist_train__dataset")).get_by_role("combobox").click()
    page.get_by_role("option", name="Letters").click()
    expect(page).to_have_url(LETTERS)
    expect(page.locator(".examples figure")).to_have_count(12)
    expect(page.locator(".examples")).to_contain_text("J")
    page.locator(".st-key-mnist_train__start button").click()
    expect(page.locator(STATUS)).to_contain_text("letters-FastCNN-1")
    expect(page.locator(STATUS)).to_contain_text(re.compile(r"Finished: .* of 1,000 test images"))
    expect(page.locator(".judged figure")).to_have_count(12)
    page.reload()
    expect(page.locator(STATUS)).to_contain_text("Finished")
    expect(page.locator(".examples figure")).to_have_count(12)
    run = page.evaluate("new URL(location).searchParams.get('run')")
    drawing = visitor.open(f"mnist_draw?run={run}")
    expect(drawing.get_by_text("It knows Letters: A, B, C, D, E, F, G, H, I, J.")).to_be_visible()
    draw(drawing, ONE)
    vote = drawing.locator(".st-key-mnist_draw__prediction .vote")
    expect(vote).to_contain_text("Your drawing.")
    expect(vote.locator(".reads b")).to_have_text("I")
    expect(vote.locator(".name")).to_have_text(list("ABCDEFGHIJ"))
