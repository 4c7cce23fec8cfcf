"""The black patch's networks, as lists, and the images they learn from."""

from __future__ import annotations

import streamlit as st

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.images import Examples, Maker, make_examples
from dlcore.blackpatch.network import Network
from dlcore.run import Checkpoint
from dlcore.runs.jobs.blackpatch import load_network
from ui import limits
from ui.work import named


def network(checkpoint: Checkpoint) -> tuple[Network, PatchConfig]:
    """The network of a checkpoint. Read-only: everybody shares it."""
    return _network(named(checkpoint), checkpoint)


@st.cache_resource(max_entries=64, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _network(name: str, _checkpoint: Checkpoint) -> tuple[Network, PatchConfig]:
    return load_network(_checkpoint)


@st.cache_data(max_entries=64, show_spinner=False)
def example_images(
    maker: Maker, train_size: int, test_size: int, seed: int, count: int
) -> tuple[Examples, Examples]:
    """The first images of what it is trained on, and of the fair test."""
    return (
        make_examples(maker, train_size, f"{seed} train", first=count),
        make_examples(maker.fair, test_size, f"{seed} fair", first=count),
    )
