"""The data counted once for all visitors, and how batches are loaded, measured when asked."""

from __future__ import annotations

import streamlit as st

from dlcore.batches.leaks import Leak, measure_leak
from dlcore.batches.loading import Loading, LoadingConfig
from dlcore.batches.statistics import Statistics, statistics_of
from dlcore.mnist.files import load_test, load_train
from ui import visits
from ui.work import Asked, ask


@st.cache_data(max_entries=1, show_spinner=False)
def statistics() -> tuple[Statistics, Statistics]:
    """Of the training digits, and of the test digits."""
    return statistics_of(load_train()), statistics_of(load_test())


@st.cache_data(max_entries=64, show_spinner=False)
def leak(share: float, seed: int) -> Leak:
    return measure_leak(share, seed)


def loading(config: LoadingConfig, turn: int) -> Asked[Loading]:
    """Of `turn`: another one measures anew."""
    fields = config.model_dump()
    return ask(Loading, "loading", f"{visits.session()} {turn} {fields}", lambda: {"config": fields})
