"""What a board tells its page: heard only of the set-up that the page has given it last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st


def calls(key: str, on: Mapping[str, Callable[[Any], None]], turn: Callable[[], int]) -> dict[str, Any]:
    """For a component: whom it calls with each of its values."""
    return {f"on_{name}_change": partial(_hear, key, name, call, turn) for name, call in on.items()}


def _hear(key: str, name: str, call: Callable[[Any], None], turn: Callable[[], int]) -> None:
    """The `turn` that comes with a value makes it differ from all that were told of an earlier set-up.

    A preset that was pressed in the same moment is taken first: the turn is asked for now.
    """
    said = st.session_state[key].get(name)
    if isinstance(said, Mapping) and "turn" in said:
        said = dict(said)
        if said.pop("turn") != turn():
            return
    call(said)
