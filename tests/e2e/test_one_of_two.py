"""Two of one kind for a moment: a test waits; two for good: it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e import one_of_two
from tests.e2e.conftest import Visitor

LATER = "const [old] = document.querySelectorAll('.twice'); setTimeout(() => old.remove(), 300)"


def test_of_two_the_one_that_is_left_is_asked(visitor: Visitor) -> None:
    page = visitor.open("words")
    page.evaluate(
        "document.body.append(...['old', 'new'].map(said => Object.assign(document.createElement('p'),"
        " {className: 'twice', textContent: said})))"
    )
    page.evaluate(LATER)
    assert page.locator(".twice").inner_text() == "new"
    expect(page.locator(".twice")).to_have_text("new")


def test_two_for_good_are_told(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(condition: Callable[[], object], what: str) -> None:
        assert not condition()
        raise LookupError(what)

    monkeypatch.setattr(one_of_two, "wait_until", give_up)
    page = visitor.open("words")
    with pytest.raises(LookupError, match="one is left"):
        page.locator("h3").inner_text()
