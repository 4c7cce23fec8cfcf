"""Data and batches in a browser: images travel into a batch, a digit of the wall is chosen."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from dlcore.figures.batches import COLUMNS
from tests.e2e.pages import is_there

PATH = "mnist/data.py"


def test_images_travel_step_by_step_and_by_themselves(new_visitor: Any) -> None:
    page = new_visitor(reduced_motion="no-preference").open("mnist_data")
    is_there(page, PATH)
    count = page.locator(".conveyor .count")
    expect(count).to_have_text("9 of 32 images")
    page.locator(".conveyor .step").click()
    expect(count).to_have_text("10 of 32 images")
    page.locator(".conveyor .back").click()
    expect(count).to_have_text("9 of 32 images")
    page.locator(".conveyor .play").click()
    expect(count).to_have_text("32 of 32 images")
    expect(page.locator(".conveyor .stack span")).to_have_text("One tensor: (32, 1, 28, 28)")
    expect(page.locator(".conveyor .play")).to_have_text("Play")
    page.get_by_role("button", name="Another epoch").click()
    expect(count).to_have_text("9 of 32 images")


def test_a_digit_of_the_wall_is_chosen(visitor: Any) -> None:
    page = visitor.open("mnist_data?mnist_data__part=digits&mnist_data__order=first")
    chosen = page.locator(".st-key-mnist_data__chosen")
    expect(chosen.get_by_text("Test digit 0: its label is 7, the shipped network says 7")).to_be_visible()
    sheet = page.locator(".st-key-mnist-data-wall figure .sheet")
    box = sheet.bounding_box()
    assert box is not None
    sheet.click(position={"x": 1.5 * box["width"] / COLUMNS, "y": 0.5 * box["width"] / COLUMNS})
    expect(chosen.get_by_text(re.compile("Test digit 1: its label is 2"))).to_be_visible()
