"""What a link brings into a page is read, and is no link, picture, emoji or script of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Dialog, expect

from dlcore.schema import MOST_SENTENCES, knobs
from dlcore.training.config import TrainConfig
from tests.attack.payloads import BEGIN, LINKS, MARKDOWN, SCRIPTS
from ui.messages import JOINER

TRAIN = "mnist_train"
FIELDS = [
    name for name, knob in knobs(TrainConfig).items() if knob.form or knob.options or knob.low is not None
][:MOST_SENTENCES]  # more are only counted
SHORT = [
    text for text in (*LINKS, *MARKDOWN, *SCRIPTS) if len(text) < 34 and "\n" not in text
]  # quoted whole


def test_text_from_a_link_stays_text(visitor: Any, pytestconfig: pytest.Config) -> None:
    """As many as one form has fields: some of each sort; with --corpora all of them, page after page."""
    every = len(FIELDS)
    pages = -(-len(SHORT) // every)
    mixed = [SHORT[start::pages] for start in range(pages)]
    for payloads in mixed if pytestconfig.getoption("--corpora") else mixed[:1]:
        stays_text(visitor, payloads)


def stays_text(visitor: Any, payloads: list[str]) -> None:
    dialogs: list[str] = []
    fields = {f"{TRAIN}__{name}": BEGIN + text for name, text in zip(FIELDS, payloads, strict=False)}
    tab = visitor.open()

    def asked(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", asked)
    tab.goto(f"{visitor.server.url}/{TRAIN}?{urlencode(fields)}")
    alerts = tab.get_by_test_id("stAlert").filter(has_text=BEGIN)
    expect(alerts).to_have_count(len(payloads))
    expect(tab.locator(f".st-key-{TRAIN}__start button")).to_be_visible()
    shown = "\n".join(alerts.all_inner_texts()).replace(JOINER, "")
    for text in payloads:
        assert f"{BEGIN + text!r}" in shown
    here = urlsplit(visitor.server.url).netloc
    for link in tab.locator("a[href]").all():
        assert urlsplit(str(link.get_attribute("href"))).netloc in ("", here)
    marks = alerts.locator("a, img, script, iframe, svg[onload], h1, strong, em, code, del, .katex, ul, ol")
    assert marks.count() == 0
    assert dialogs == []
    tab.remove_listener("dialog", asked)
