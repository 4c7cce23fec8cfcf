"""A hand that was made up, and what a network makes of a hand."""

from __future__ import annotations

import streamlit as st

from dlcore.hand.drawings import Hand
from dlcore.hand.made_up import made_up_hand
from dlcore.hand.outcome import Votes, read_hand
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from ui.lenses import mnist


@st.cache_resource(max_entries=32, show_spinner=False)
def made_up(seed: int) -> Hand:
    """The hand of this number, five of each digit."""
    return made_up_hand(seed)


def votes(checkpoint: Checkpoint, hand: Hand) -> Votes:
    """(N, 10) probabilities that these weights give each drawing."""
    model, config = mnist.model(checkpoint)
    return read_hand(model, NORMALIZE[config.normalize], hand)
