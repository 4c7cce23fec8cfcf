"""A start is answered first, and the page behind it is drawn in its turn, as every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import pytest
import streamlit as st

from dlcore.errors import RunError
from dlcore.run import Run
from dlcore.runs.shipped import shipped_run
from dlcore.training.config import TrainConfig
from tests.app.test_train import LONG, PATH, run_id, start
from ui import handing_out, services, state, taken

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
    def page(self, visit: str) -> Iterator[None]:
        with super().page(visit):
            self.happened.append("a page began")
            yield


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    found = Spy()
    monkeypatch.setattr(taken, "TAKING", found)
    return found


def test_the_page_behind_a_start_comes_in_its_turn(open_page: OpenPage, spy: Spy) -> None:
    page = open_page(PATH)
    assert set(spy.happened) == {"a page began"}
    start(page, LONG)
    then = spy.happened[spy.happened.index("a start was answered") :]
    assert [happened for happened, _ in groupby(then)] == ["a start was answered", "a page began"]
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
    assert "a start was answered" not in spy.happened
    assert "run" not in page.at.query_params


def test_where_no_line_speaks_of_a_run_a_note_does(open_page: OpenPage) -> None:
    page = open_page("builder.py").click("builder__train")
    (note,) = page.at.toast
    assert "MyNetwork-1" in note.value


def test_of_a_page_that_was_broken_off_a_note_answers(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What of it was on its way to the browser is thrown away: perhaps what its line stands in."""
    with monkeypatch.context() as broken:
        broken.setattr(handing_out, "show", lambda here: st.stop())
        page = open_page(PATH)
    page.click("mnist_train__start")
    (note,) = page.at.toast
    assert "fast-1" in note.value


# --- Two clicks -----------------------------------------------------------------------------------


def begun(page: Any) -> list[str]:
    return [run.id for run in services.store().runs_of(page.state("owner"))]


@pytest.mark.usefixtures("twice")
def test_two_clicks_on_start_begin_one_run(open_page: OpenPage) -> None:
    page = open_page(PATH)
    start(page, LONG)
    assert len(begun(page)) == 1


@pytest.mark.usefixtures("twice")
def test_two_clicks_on_the_builder_begin_one_run(open_page: OpenPage) -> None:
    page = open_page("builder.py").click("builder__train")
    assert len(begun(page)) == 1


@pytest.mark.usefixtures("twice")
def test_two_clicks_on_a_cure_begin_one_run(open_page: OpenPage, request: pytest.FixtureRequest) -> None:
    config = TrainConfig(lr=10.0, optimizer="sgd", schedule="constant", **LONG).model_dump()
    ill = Run("ill", request.node.name, "mnist", "ill", config, "diverged", created=1.0, step=3)
    services.store().create(ill)
    services.store().update(ill)
    page = open_page(PATH, run="ill").click("mnist_train__cure")
    cured, _ = begun(page)
    assert run_id(page) == cured


def test_who_breaks_off_a_click_finds_its_run_chosen(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a second click would find the run that was chosen before, and begin one more."""
    page = open_page(PATH, run=shipped_run("mnist").id)
    page.set("mnist_train", **LONG)
    choose, before, broken = state.choose_run, run_id(page), list[str]()

    def choose_once_broken_off(chosen: str) -> None:
        if chosen != before and not broken:
            broken.append(chosen)
            st.rerun()
        choose(chosen)

    monkeypatch.setattr(state, "choose_run", choose_once_broken_off)
    page.click("mnist_train__start")
    assert broken == begun(page) == [run_id(page)]
