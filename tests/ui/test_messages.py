"""What a click that could do nothing says."""

from __future__ import annotations

import pytest
import streamlit as st

from dlcore.errors import EndedError, RunError
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
