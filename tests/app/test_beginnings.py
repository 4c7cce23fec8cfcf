"""Whoever has begun too much is told so in a sentence, wherever they press; nothing begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ui import beginnings, services, state
from ui.turns import Turns

SPENT = 1e-9  # of a beginning: less than one is no beginning


@pytest.mark.parametrize(
    ("page", "button"),
    [("mnist/train.py", "mnist_train__start"), ("sweep.py", "sweep__start")],
)
def test_a_start_too_many_says_when_the_next_may_be(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, page: str, button: str
) -> None:
    monkeypatch.setattr(beginnings, "runs", Turns(SPENT, SPENT, clock=lambda: 0.0))
    opened = open_page(page, owner="q" * 22).click(button)
    assert any("Too many starts in a short time" in sentence for sentence in opened.sentences)
    assert services.store().counts("q" * 22)[0] == 0


def test_what_a_page_would_compute_waits_too(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "tasks", Turns(SPENT, SPENT, clock=lambda: 0.0))
    monkeypatch.setattr(state, "address", lambda: "10.0.0.9")
    opened = open_page("lr_finder.py", owner="r" * 22)
    assert any("Too much was asked for in a short time" in sentence for sentence in opened.sentences)
