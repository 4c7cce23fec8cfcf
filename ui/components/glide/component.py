"""Scrolls to what a click elsewhere on the page has changed, and frames it for a moment."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.components.parts import part

_glide = st.components.v2.component("glide", html="<span></span>", js=part("glide/glide.js"))


def glide_to(keys: Sequence[str], turn: int) -> None:
    """To the first widget or container with one of these keys that is in the page; once for each `turn`."""
    _glide(key="glide", data={"keys": list(keys), "turn": turn})
