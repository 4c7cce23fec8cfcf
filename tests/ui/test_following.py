"""The live part of a run's page is drawn until its run is overtaken; then the whole page is."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st

from dlcore.errors import RunError
from dlcore.run import Run, new_run
from dlcore.training.config import TrainConfig
from ui import following, state, taken

RUN = new_run("anna", "mnist", TrainConfig(), name="a run", status="running")


class Redrawn(Exception):
    """All of the page."""


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dict[str, Run]:
    """Where each run stands."""
    runs = {RUN.id: RUN}

    def redraw() -> None:
        raise Redrawn

    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "rerun", redraw)
    monkeypatch.setattr(state, "run_named", runs.__getitem__)
    return runs


def test_it_is_drawn_as_it_stands(now: dict[str, Run]) -> None:
    drawn: list[Run] = []
    now[RUN.id] = replace(RUN, step=7)
    following._tick(drawn.append, following._has_another_status, RUN.id, "running")
    assert drawn == [now[RUN.id]]


def test_once_it_is_overtaken_all_of_the_page_is_drawn(now: dict[str, Run]) -> None:
    drawn: list[Run] = []
    now[RUN.id] = replace(RUN, status="finished")
    with pytest.raises(Redrawn):
        following._tick(drawn.append, following._has_another_status, RUN.id, "running")
    with pytest.raises(Redrawn):
        following._tick(drawn.append, lambda run, status: True, RUN.id, "finished")
    assert drawn == [now[RUN.id]] * 2, "its end is seen"


def test_a_run_that_was_started_in_it_is_shown_by_the_whole_page(now: dict[str, Run]) -> None:
    st.session_state[taken.TAKEN] = RUN.id
    with pytest.raises(Redrawn):
        following._tick(
            lambda run: pytest.fail("not drawn"), following._has_another_status, RUN.id, "running"
        )


@pytest.mark.parametrize(("status", "ticks"), [("running", True), ("finished", False)])
def test_only_a_run_under_way_ticks(
    now: dict[str, Run], monkeypatch: pytest.MonkeyPatch, status: str, ticks: bool
) -> None:
    asked: list[float | None] = []

    def fragment(part: object, run_every: float | None) -> object:
        asked.append(run_every)
        return part

    monkeypatch.setattr(st, "fragment", fragment)
    drawn: list[Run] = []
    now[RUN.id] = replace(RUN, status=status)  # type: ignore[arg-type]
    following.follow_run(now[RUN.id], drawn.append)
    assert [every is not None for every in asked] == [ticks]
    assert drawn == [now[RUN.id]]


def test_where_it_was_deleted_meanwhile_all_of_the_page_is_drawn(
    now: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(run_id: str) -> Run:
        raise RunError("There is no such run.")

    monkeypatch.setattr(state, "run_named", named)
    with pytest.raises(Redrawn):
        following._tick(
            lambda run: pytest.fail("not drawn"), following._has_another_status, RUN.id, "running"
        )
