"""Widgets that their page moves too: what a browser has not heard of yet is no hand's choice.

With every message a browser says what all its widgets show. Where the page has moved one meanwhile, the old
value comes back, and would count as chosen. So what the page has moved is another widget, of which no browser
knows an old value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

REMEMBERED = 2  # widgets: the one that stands there, and the one that a browser may still show
NAMES = 16  # that take turns: Streamlit keeps something of every key that it has seen


def shows(key: str, value: Any, choose: Callable[[Any], None]) -> dict[str, Any]:
    """For a widget that shows this value: its key, and what calls `choose` with another that a hand chose.

    The widget's own default must be this value too: it shows where one is drawn late, as in a popover, or the
    message that moves it is lost.
    """
    heard = st.session_state.setdefault(f"{key}_heard", {})  # by widget: what it showed last
    turn: int = st.session_state.get(f"{key}_turn", 0)
    name = f"{key}_{turn}"
    if st.session_state.get(name, heard.get(name, value)) != value:
        turn = (turn + 1) % NAMES
        name = f"{key}_{turn}"
        heard.pop(name, None)
    if name not in st.session_state or st.session_state[name] != value:
        st.session_state[name] = value  # only then: it takes the place of what somebody is typing
    st.session_state[f"{key}_turn"] = turn
    heard.setdefault(name, value)
    for old in list(heard)[:-REMEMBERED]:
        del heard[old]
    return {"key": name, "on_change": _moved, "args": (key, name, choose)}


def key_now(key: str) -> str:
    """The key of this widget as it stands on the page by now, of two that show a number the exact one."""
    for one in (key, f"{key}_exact"):
        if (turn := st.session_state.get(f"{one}_turn")) is not None:
            return f"{one}_{turn}"
    return key


def _moved(key: str, name: str, choose: Callable[[Any], None]) -> None:
    heard, chosen = st.session_state.get(f"{key}_heard", {}), st.session_state.get(name)
    if name in heard and heard[name] != chosen:
        heard[name] = chosen
        choose(chosen)
