"""A page that broke off since the database was away is drawn anew once it is back, without a click."""

from __future__ import annotations

import streamlit as st

from dlcore.errors import StoreError
from ui import services

LOOK_SECONDS = 3.0


def _answers() -> bool:
    try:
        services.store().active_ids()
    except StoreError:
        return False
    return True


def wait_for_store() -> None:
    """Below the sentence that says so. If the store answers, something else was wrong: nothing is tried."""
    if not _answers():
        _look()


@st.fragment(run_every=LOOK_SECONDS)
def _look() -> None:
    st.caption("The page goes on by itself when the database is back.")
    if _answers():
        st.rerun()
