"""The selector of a run: each can be chosen, whatever it is called, and one without weights gives way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dlcore.run import Checkpoint, Run, new_run
from dlcore.training.config import TrainConfig
from tests.waiting import DEADLINE_SECONDS
from ui import pickers, state

WEIGHTS = (Checkpoint(Path("weights"), "", 1, 10),)
RUN = replace(new_run("anna", "mnist", TrainConfig(), name="class-2", status="finished"), checkpoints=WEIGHTS)
SHIPPED = replace(RUN, id="shipped", owner="", name="The lab's network", created=0.0)
OLDER, NEWER = (replace(RUN, id=name, created=at) for name, at in (("older", 1.0), ("newer", 2.0)))


def lens() -> None:
    import streamlit as st

    from ui import pickers

    run = pickers.select_run("page", "mnist", brief=True)
    st.markdown(f"shown: {run.id}")
    st.markdown(f"beside: {pickers.select_other_run('page', run).id}")


Opened = Callable[..., Any]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    def open_(*own: Run, chosen: str = "") -> Any:
        runs, choice = {run.id: run for run in (SHIPPED, *own)}, [chosen]
        monkeypatch.setattr(state, "runs_to_look_at", lambda kind: list(runs.values()))
        monkeypatch.setattr(state, "run_named", runs.__getitem__)
        monkeypatch.setattr(state, "chosen_run", lambda: runs.get(choice[0]))
        monkeypatch.setattr(state, "choose_run", lambda run_id: choice.__setitem__(0, run_id))
        monkeypatch.setattr(state, "last_trained", lambda runs: next(filter(_has_weights, runs), None))
        monkeypatch.setattr(state, "mine", lambda run: run.owner == "anna")
        monkeypatch.setattr(state, "show_images", lambda dataset: None)
        return AppTest.from_function(lens, default_timeout=DEADLINE_SECONDS).run()

    return open_


def _has_weights(run: Run) -> bool:
    return bool(run.checkpoints)


def said(page: Any) -> list[str]:
    assert not page.exception
    return [box.value for box in page.markdown]


def test_of_two_runs_of_one_name_each_can_be_chosen(opened: Opened) -> None:
    page = opened(NEWER, OLDER)
    choice = page.selectbox(key="page__run_0")
    assert choice.options == ["The lab's network", "class-2 (2)", "class-2"]
    assert said(page)[0] == "shown: newer"
    choice.set_value("older").run()
    assert said(page)[0] == "shown: older"
    page.selectbox(key="page__run_0").set_value("newer").run()
    assert said(page)[0] == "shown: newer", "not the older one of that name"
    page.selectbox(key="page__run_0").set_value("shipped").run()
    page.selectbox(key="page__other_run").set_value("newer").run()
    assert said(page) == ["shown: shipped", "beside: newer"]


def test_a_run_that_ended_without_weights_gives_way_to_the_last_that_has_some(opened: Opened) -> None:
    empty = replace(NEWER, id="empty", name="class-3", status="stopped", checkpoints=())
    page = opened(empty, OLDER, chosen="empty")
    assert said(page)[0] == "shown: older"
    assert [box.value for box in page.caption] == ["**class-3** has no weights: another run is shown."]
    assert said(opened(empty, chosen="empty"))[0] == "shown: shipped"
    waits = replace(empty, status="queued")
    assert said(opened(waits, OLDER, chosen="empty"))[0] == "shown: empty", "its weights are still to come"


def test_why_there_are_no_weights_is_said() -> None:
    without = replace(RUN, checkpoints=())
    assert "wait for its first epoch" in pickers.without_weights(replace(without, status="running"))
    assert "choose another one" in pickers.without_weights(without)
