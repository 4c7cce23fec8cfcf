"""A board is heard only of the set-up that its page has given it last."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from ui.components import heard


def test_what_is_of_another_set_up_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset that is pressed in the same moment has been taken before the board is heard."""
    told: list[Any] = []
    board: dict[str, Any] = {"config": {"lr": 0.1, "turn": 1}, "own": [[1, 2]]}
    monkeypatch.setattr(st, "session_state", {"board": board})
    turn = 1
    on = heard.calls("board", {"config": told.append, "own": told.append}, lambda: turn)
    on["on_config_change"]()
    turn = 2
    on["on_config_change"]()
    on["on_own_change"]()
    board["config"] = {"lr": 0.2, "turn": 2}
    on["on_config_change"]()
    assert told == [{"lr": 0.1}, [[1, 2]], {"lr": 0.2}]


@pytest.mark.parametrize("said", [None, 7, "x", [], {}, {"turn": 2}, {"turn": None}])
def test_a_client_may_say_anything(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr(st, "session_state", {"board": {"config": said}})
    heard.calls("board", {"config": told.append}, lambda: 2)["on_config_change"]()
    assert told == ([] if said == {"turn": None} else [{}] if said == {"turn": 2} else [said])
