"""A start is answered first, and the page behind it is drawn in its turn; nothing else waits for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dlcore.errors import RunError
from tests.app.test_train import LONG, PATH, start
from ui import services, taken

OpenPage = Callable[..., Any]


class Spy(taken.Taking):
    def __init__(self) -> None:
        super().__init__()
        self.happened: list[str] = []

    @contextmanager
    def first(self) -> Iterator[None]:
        with super().first():
            yield
        self.happened.append("a start was answered")

    @contextmanager
    def afterwards(self) -> Iterator[None]:
        self.happened.append("a page comes after one")
        with super().afterwards():
            yield


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    found = Spy()
    monkeypatch.setattr(taken, "TAKING", found)
    return found


def test_the_page_behind_a_start_comes_in_its_turn(open_page: OpenPage, spy: Spy) -> None:
    page = open_page(PATH)
    assert spy.happened == [], "whoever opens a page waits for nobody"
    start(page, LONG)
    assert spy.happened == ["a start was answered", "a page comes after one"]
    page.run()
    assert len(spy.happened) == 2, "nor does what follows"
    assert not page.at.toast, "its line says it"


def test_a_start_that_is_refused_says_why_at_once(
    open_page: OpenPage, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(*_: Any, **__: Any) -> str:
        raise RunError("There is no place.")

    page = open_page(PATH)
    monkeypatch.setattr(services.runner(), "submit", submit)
    page.click("mnist_train__start")
    assert page.sentences == ["There is no place."]
    assert spy.happened == [], "its page waits for nobody"
    assert "run" not in page.at.query_params


def test_where_no_line_speaks_of_a_run_a_note_does(open_page: OpenPage) -> None:
    page = open_page("builder.py").click("builder__train")
    (note,) = page.at.toast
    assert "Starting" in note.value or "Waiting" in note.value
