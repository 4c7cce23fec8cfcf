"""Embedding in a browser: a click on a mark shows its image, and the epoch keeps it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

PAGE = "black_patch_embedding"


def test_a_clicked_image_is_followed_through_the_epochs(visitor: Any) -> None:
    tab = visitor.open(PAGE)
    marks = tab.locator(f".st-key-{PAGE}__scatter .scatterlayer .trace .point")
    expect(marks.first).to_be_visible()
    before = tab.get_by_text(re.compile(r"^Image \d+,"))
    expect(before).to_have_count(1)
    words = before.inner_text()
    marks.first.click(force=True)  # the images without a patch
    after = tab.get_by_text(re.compile(r"^Image \d+, without a patch"))
    expect(after).to_have_count(1)
    assert after.inner_text() != words
    number = after.inner_text().split(",")[0]
    tab.locator(f"[class*=st-key-{PAGE}__epoch] input[type=range]").focus()
    tab.keyboard.press("ArrowLeft")
    expect(tab.get_by_text(re.compile(r"wrong.*epoch 9"))).to_be_visible()
    expect(tab.get_by_text(re.compile(rf"^{number}, without a patch"))).to_have_count(1)
    wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
