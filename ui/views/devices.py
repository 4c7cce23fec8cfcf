"""How fast this machine multiplies: measured in a task, cancelled by its button, drawn."""

from __future__ import annotations

import streamlit as st

from dlcore.figures.devices import roofline_chart, sizes_chart
from dlcore.tensors.devices import Devices, DevicesConfig
from dlcore.tensors.words import (
    across_words,
    busy_words,
    copy_words,
    devices_words,
    place_words,
    roof_words,
    small_words,
)
from ui import form, live, state
from ui.explain import explain
from ui.lenses import devices
from ui.machine import MachineMeasured


def show_devices(page: str) -> Devices | None:
    """What was measured, as far as it has come."""
    machine = MachineMeasured(page)
    found = machine.found(lambda turn: devices.devices(DevicesConfig(), turn))
    if found is None:
        return None
    st.markdown(explain(f"**{devices_words(found)}** {small_words(found)} {busy_words(found)}"))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How long a matrix product takes**")
        live.show_chart(sizes_chart(found, state.theme()), form.key(page, "sizes"))
    with right:
        st.markdown("**How much this machine can do:** the grey line is its roof")
        live.show_chart(roofline_chart(found, state.theme()), form.key(page, "roof"))
    machine.once_more()
    st.markdown(f"{roof_words(found)} {copy_words(found)}")
    st.markdown(place_words(found))
    st.markdown(across_words(found))
    return found
