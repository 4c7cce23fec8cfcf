"""A page that broke off since the database was away says so, and that it goes on by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.errors import StoreError
from ui import messages, services

OpenPage = Callable[..., Any]
SENTENCE = "The database is away: start its server."
GOES_ON = "The page goes on by itself when the database is back."


def refuse(*_: object, **__: object) -> None:
    raise StoreError(SENTENCE)


def captions(page: Any) -> list[str]:
    return [each.value for each in page.at.caption]


def test_it_goes_on_once_the_store_answers(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        for name in ("runs_of", "active_ids"):
            away.setattr(services.store(), name, refuse)
        page = open_page("runs.py")
        assert [messages.plain(SENTENCE)] == [each.value for each in page.at.error]
        assert GOES_ON in captions(page)
    page.run()
    assert not page.at.error
    assert GOES_ON not in captions(page)


def test_where_the_store_answers_something_else_is_wrong(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.store(), "runs_of", refuse)
    page = open_page("runs.py")
    assert [messages.plain(SENTENCE)] == [each.value for each in page.at.error]
    assert GOES_ON not in captions(page)
