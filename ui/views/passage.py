"""A digit on its way through the machine: what comes in, what is found in it, how bad the vote was."""

from __future__ import annotations

import streamlit as st

from dlcore.figures.bars import probability_chart
from dlcore.figures.digits import digit_image, maps_image
from dlcore.glossary import BY_NAME
from dlcore.serving.showcase import Passage
from ui import form, live, state
from ui.explain import explain


def data(page: str, digit: state.CurrentDigit) -> int | None:
    """What it is, if anybody says so."""
    st.markdown(explain("**1 Data**: 28×28 grey levels and a label"))
    if digit.index is None:
        st.image(digit_image(digit.pixels, 196), width=196, alt="Your digit, 28×28 grey levels")
        meant: int | None = st.pills("You meant", range(10), key=form.key(page, "meant"), wrap=True)
        return meant
    alt = f"Test digit {digit.index + 1:,}: a {digit.label}"
    st.image(digit_image(digit.pixels, 196), width=196, alt=alt)
    st.markdown(f"Label: **{digit.label}**")
    st.markdown(explain(f"Test digit {digit.index + 1:,} of 10,000. It was not learned from."))
    return digit.label


def machine(seen: Passage) -> None:
    st.markdown(explain("**2 Machine**: 24 small filters look for patterns, then ten outputs vote"))
    for maps, words, alt in (
        (seen.maps, "What each filter finds: green its pattern, violet the opposite.", "What each finds"),
        (seen.change, "**What training changed**: after minus before.", "The same maps, after minus before"),
    ):
        image = maps_image(maps, state.theme(), columns=8, scale=2, limit=seen.limit)
        st.image(image, width="stretch", alt=f"{alt}: 24 maps of this digit")
        st.markdown(words)


def criterion(page: str, seen: Passage, label: int | None) -> None:
    st.markdown(explain("**3 Criterion**: one number, the loss, says how bad the vote was"))
    live.show_chart(
        probability_chart(seen.prediction.probabilities, state.theme(), height=230), form.key(page, "bars")
    )
    if label is None or seen.loss is None:
        st.markdown(f"It says **{seen.prediction.digit}**. Say which digit you meant: then it has a loss.")
        return
    loss = f"{seen.loss:.3f}" if seen.loss >= 0.001 else "under 0.001"
    st.metric("Loss of this digit (nats)", loss, help=BY_NAME["nat"].meaning)
    st.markdown(f"It says **{seen.prediction.digit}** {'✓' if seen.prediction.digit == label else ':red[✗]'}")
