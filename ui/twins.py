"""The plain network beside its twins: its gradient from three sources, its step in three kinds of code."""

from __future__ import annotations

import streamlit as st

from dlcore.blackpatch.images import Maker, make_probes
from dlcore.blackpatch.network import Network
from dlcore.blackpatch.twins.compare import GradientCheck, StepTimes, check_gradients, time_train_steps
from dlcore.blackpatch.walk import Arrow, Walk
from dlcore.figures.inside import three_ways_table, times_table

MOST_CHECKED = 20_000  # parameters: about half a second


@st.cache_data(max_entries=8, show_spinner=False)
def _gradients(_network: Network, _taken: Walk, digest: str) -> GradientCheck:
    return check_gradients(_network, _taken.image, _taken.label)


@st.cache_data(max_entries=64, show_spinner=False)
def _times(_network: Network, _maker: Maker, digest: str) -> StepTimes:
    return time_train_steps(_network, make_probes(_maker))


def three_ways(page: str, network: Network, taken: Walk, arrow: Arrow, digest: str) -> None:
    """`digest` says which network and image these are."""
    box = st.expander("By hand = autograd = measured", key=f"{page}__three", on_change="rerun")
    if box.open and network.num_params > MOST_CHECKED:
        box.caption(
            f"Measuring {network.num_params:,} gradients one by one takes too long here: choose a "
            f"run with {MOST_CHECKED:,} at most."
        )
    elif box.open:
        table = three_ways_table(_gradients(network, taken, digest), arrow)
        box.dataframe(table, hide_index=True, alt="The gradient of the chosen weight, found in three ways")


def why_tensors(page: str, network: Network, maker: Maker, digest: str) -> None:
    """`digest` says which sizes these are."""
    box = st.expander("Why tensors?", key=f"{page}__tensors", on_change="rerun")
    if box.open:
        alt = "Microseconds of one training step in plain Python, NumPy and torch"
        box.dataframe(times_table(_times(network, maker, digest)), hide_index=True, alt=alt)
        box.caption(
            "Measured on this server, float64, one image at a time. A tensor hands a whole row of sums to "
            "compiled code; torch also writes down each operation, to run it backwards."
        )
