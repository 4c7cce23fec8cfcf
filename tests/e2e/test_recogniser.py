"""The recogniser in a browser: a photograph is chosen, a slip made, a picture of one's own named."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from dlcore.figures.vision import COLUMNS
from dlcore.vision.photos import photos
from tests.e2e.pages import is_there

PATH = "recogniser.py"


def test_a_click_names_another_photograph_and_ones_own_file_is_named(visitor: Any) -> None:
    page = visitor.open("recogniser")
    is_there(page, PATH)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("It says ice bear, 99.2 %. That is right.")).to_be_visible()
    sheet = page.locator(".st-key-recogniser-photos figure .sheet")
    row, column = divmod([photo.name for photo in photos()].index("panda"), COLUMNS)
    box = sheet.bounding_box()
    assert box is not None
    side = box["width"] / COLUMNS
    sheet.click(position={"x": (column + 0.5) * side, "y": (row + 0.5) * side})
    expect(main.get_by_text(re.compile("It says giant panda, .* That is right."))).to_be_visible()
    expect(page).to_have_url(re.compile("recogniser__photo=panda"))

    page.get_by_role("button", name="A picture of yours").click()
    koala = next(photo.path for photo in photos() if photo.name == "koala")
    page.locator("input[type=file]").set_input_files(koala)
    expect(main.get_by_text(re.compile("It says koala, "))).to_be_visible()
    expect(main.get_by_text("That is right")).to_have_count(0)
    page.locator("input[type=file]").set_input_files(
        {"name": "words.png", "mimeType": "image/png", "buffer": b"words"}
    )
    expect(main.get_by_text("This file is not a readable picture; use a JPEG, PNG or WebP.")).to_be_visible()
    expect(main.get_by_text(re.compile("It says koala, "))).to_be_visible()
