"""What a page has made of something is not made again while that is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

Made = TypeVar("Made")


def remembered(key: str, of: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What `make` gave the last time in this visit, if that was of these very objects; else what it gives.

    Words and numbers are the same if they are equal: they are made anew with every run of a page.
    """
    last: tuple[tuple[object, ...], Made] | None = st.session_state.get(key)
    if last is None or len(of) != len(last[0]) or not all(map(_same, of, last[0])):
        last = st.session_state[key] = (of, make())
    return last[1]


def _same(now: object, then: object) -> bool:
    return now is then or (isinstance(now, (str, int, float)) and type(now) is type(then) and now == then)
