"""What a page has made of something is not made again while that is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

Made = TypeVar("Made")


def remembered(key: str, of: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What `make` gave the last time in this visit, if that was of these very objects; else what it gives."""
    last: tuple[tuple[object, ...], Made] | None = st.session_state.get(key)
    if last is None or any(now is not then for now, then in zip(of, last[0], strict=True)):
        last = st.session_state[key] = (of, make())
    return last[1]
