"""What deep stacks do to signals."""

from __future__ import annotations

import streamlit as st

from dlcore.signals import stack
from dlcore.signals.config import SignalsConfig


@st.cache_resource(max_entries=128, show_spinner=False)
def signals(config: SignalsConfig) -> stack.Signals:
    """Up to some 60 ms each, some 50 kB."""
    return stack.measure(config)
