"""One weight of the black patch's network, from a pixel to a unit, and what if it were another."""

from __future__ import annotations

import streamlit as st

from dlcore.blackpatch.network import Network
from dlcore.blackpatch.walk import Arrow, Walk, changes, follow, what_if
from dlcore.figures import inside as figures
from ui import form, live, state


def show(page: str, network: Network, taken: Walk, arrow: Arrow, side: int, *, nudged: bool) -> None:
    """One weight: its numbers, its unit's weights and gradients as images, and what if it were different.

    All of these are from before the nudge, which is said once it is `nudged`.
    """
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.markdown("**One weight**: from a pixel to a unit")
        with st.container(horizontal=True):
            for words, name in (("Unit", "unit"), ("Pixel's row", "row"), ("Column", "column")):
                most = len(taken.blames[0]) if name == "unit" else side
                key = form.key(page, name)
                st.number_input(words, 1, most, key=key, width=110, persist_state="session")
        weights = network.layers[0].weights[arrow.unit]
        with st.container(horizontal=True, gap="large"):
            shown = {"Its weights": weights, "Their gradients": taken.gradients(arrow.unit)}
            for words, values in shown.items():
                with st.container(width=150):
                    st.caption(words)
                    alt = f"{words} as an image; the largest is {max(map(abs, values)):.2g}"
                    image, outlined = figures.signed_image(values, state.theme()), arrow.to_pixel(side)[1:]
                    st.html(figures.picture_html(image, alt, outlined, side, state.theme()))
        st.caption(":green[Green] is above 0, :violet[violet] below, the background is 0.")
    with right:
        st.markdown(f"**What if** this weight were different{', before the nudge' if nudged else ''}?")
        key = form.key(page, "delta")
        delta = st.slider("Change it by", -1.0, 1.0, step=0.01, key=key, persist_state="session")
        deltas, numbers = changes(delta), follow(network, taken, arrow)
        losses = what_if(network, taken.image, taken.label, arrow, deltas)
        chart = figures.slope_chart(deltas, losses, numbers.gradient, delta, state.theme())
        live.show_chart(chart, form.key(page, "slope"))
        reached = losses[deltas.index(delta)]
        st.caption(f":blue[━] the loss, now {reached:.4f}; :orange[╍] its slope here, {numbers.gradient:.5f}")
        if numbers.z <= 0:
            st.info("This unit is off (z < 0): its weights have no say.", icon=":material/power_off:")
