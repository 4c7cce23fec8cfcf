"""How a page is laid out: its controls beside its picture; on a phone the picture comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import form


def side_and_stage(page: str, shares: tuple[int, int] = (1, 2)) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The columns of the controls and of the picture, with these shares of the width."""
    with st.container(key=form.key(page, "picture_first")):
        side, stage = st.columns(shares, gap="large")
    return side, stage


def wrong_one(page: str, label: str, choose: Callable[[Any], None], result: Any, *, disabled: bool) -> None:
    """The button that looks for the next image the network gets wrong: `choose(result)` finds it."""
    st.button(
        label,
        icon=":material/search:",
        key=form.key(page, "wrong"),
        on_click=choose,
        args=(result,),
        disabled=disabled,
    )
