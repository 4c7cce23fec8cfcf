"""What a click that could do nothing says, and a run that waits."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st

from dlcore.errors import EndedError, RunError
from dlcore.run import new_run
from dlcore.runs.storage.leases import LEFT_TO_OWNER
from dlcore.training.config import TrainConfig
from ui import messages


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


def test_why_a_run_was_left_to_its_owner_is_said() -> None:
    run = new_run("anna", "mnist", TrainConfig(), name="a run", status="interrupted")
    assert messages.status_sentence(run).startswith("Interrupted at step 0")
    assert messages.status_sentence(replace(run, reason=LEFT_TO_OWNER)) == messages.plain(LEFT_TO_OWNER)
