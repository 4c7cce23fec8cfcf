"""Races of optimizers."""

from __future__ import annotations

import streamlit as st

from dlcore.optimizers import race as races


@st.cache_resource(max_entries=128, show_spinner=False)
def race(config: races.RaceConfig) -> races.Race:
    """Optimizers down a hill: about 20 ms each."""
    return races.race(config)
