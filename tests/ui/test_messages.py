"""What a click that could do nothing says, and a run that waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dlcore.errors import EndedError, RunError
from dlcore.run import Checkpoint, new_run
from dlcore.runs.storage.leases import WAITS
from dlcore.training.config import TrainConfig
from tests.waiting import DEADLINE_SECONDS
from ui import messages
from ui.views.sweep import left_words


def test_a_click_that_came_too_late_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(st, "toast", lambda words, icon: said.append(words))
    monkeypatch.setattr(st, "session_state", {})

    def stop(error: RunError) -> None:
        raise error

    messages.guarded("page", stop)(EndedError("This run has ended."))
    assert said == ["This run had just ended by itself: nothing is left to steer."]
    assert not messages.refused("page")
    messages.guarded("page", stop)(RunError("It cannot do that now."))
    assert messages.refused("page")
    assert len(said) == 1


def test_why_a_run_was_left_to_its_owner_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run("anna", "mnist", TrainConfig(), name="a run", status="interrupted")
    assert messages.status_sentence(run).startswith("Interrupted at step 0")
    for why in WAITS:
        left = replace(run, reason=why)
        assert messages.status_sentence(left) == messages.plain(why)
    refused = replace(run, reason="Learning rate must be above 0.")
    assert messages.status_sentence(refused).startswith("Interrupted at step 0"), "that is long over"
    said: list[str] = []
    monkeypatch.setattr(st, "warning", lambda words, icon: said.append(words))
    for shown in (left, refused, replace(refused, status="running")):
        messages.show_reason(shown)
    assert said == [messages.plain(refused.reason)], "once, and of one that runs"


def test_a_sweep_says_that_runs_wait_for_their_owner() -> None:
    assert left_words(1).startswith("1 run waits for you")
    assert left_words(2).startswith("2 runs wait for you")


def refusing() -> None:
    """A page whose work ends at the moment it is drawn."""
    import streamlit as st

    from ui import messages

    messages.show_refusal("page")
    if st.session_state.pop("ended", False):
        messages.redraw()


def test_what_was_refused_stands_until_somebody_does_something_else() -> None:
    page = AppTest.from_function(refusing, default_timeout=DEADLINE_SECONDS)
    page.session_state["page__refusal"] = "It cannot do that now."
    page.session_state["ended"] = True
    page.run()
    assert "ended" not in page.session_state
    assert [box.value for box in page.error] == ["It cannot do that now."]
    page.session_state["page__refusal"] = "Nor that."
    page.session_state["ended"] = True
    assert [box.value for box in page.run().error] == ["Nor that."]
    assert not page.run().error


def test_a_run_whose_steps_are_all_made_is_not_said_to_train() -> None:
    run = new_run("anna", "mnist", TrainConfig(), name="a run", status="running")
    before_last = replace(run, step=run.total_steps - 1)
    assert messages.status_sentence(before_last).startswith("Training: step ")
    made = f"All {run.total_steps:,} steps are made: its results come."
    assert messages.status_sentence(replace(run, step=run.total_steps)) == made


def test_weights_are_kept_only_where_there_are_some() -> None:
    run = new_run("anna", "mnist", TrainConfig(), name="a run", status="stopped")
    assert messages.status_sentence(run) == f"Stopped after step 0 of {run.total_steps:,}."
    saved = replace(run, step=7, checkpoints=(Checkpoint(Path("weights"), "", 0, 7),))
    assert messages.status_sentence(saved).endswith("Its weights are kept.")
