"""A digit from elsewhere, and the test digits that a layer finds most like it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from dlcore.datasets.catalogue import noun_for
from dlcore.inspection.embedding.digits import DigitLayer, Mine
from ui import live, state


def show(layer: DigitLayer, mine: Mine, digit: state.CurrentDigit, names: Sequence[str]) -> None:
    """A digit from elsewhere and the test digits that this layer finds most like it."""
    noun = noun_for(names)
    whose, sign = (f"Your {noun}", "★") if drawn(digit) else (f"Another test {noun}", "◆")
    st.markdown(f"**{sign} {whose}** and its nearest neighbours in this layer")
    neighbours = list(mine.neighbours)
    labels = [escape(names[layer.labels[image]]) for image in neighbours]
    live.digit_tiles(
        [digit.pixels, *(layer.images[image] for image in neighbours)],
        ["yours" if drawn(digit) else "it", *labels],
        [whose, *(f"A neighbour, labelled {label}" for label in labels)],
        side=40,
    )


def drawn(digit: state.CurrentDigit) -> bool:
    """Is it one's own, and no test digit?"""
    return digit.index is None
