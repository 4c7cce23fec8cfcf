"""How good the drawings are, said honestly: what the reader sees, the distance, and what the losses hide."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.figures.gan_curves import distance_chart, losses_chart, read_chart
from dlcore.gan.measured import spread_words
from dlcore.gan.networks import CLASSES
from dlcore.gan.training import FEW, MANY
from dlcore.gan.words import few_words, judged_words, looked_from
from dlcore.run import Checkpoint, Run
from ui import form, live, state
from ui.explain import explain

OVER_FEW = f"Each point is over {FEW} drawings: it lies higher than over {MANY:,}."


def show(page: str, run: Run, checkpoint: Checkpoint, *, one: bool) -> None:
    """Of one moment in words and bars; over the whole game as curves."""
    key, theme = partial(form.key, page), state.theme()
    st.subheader("How good are they?")
    seen = looked_from(run, checkpoint.step)
    left, right = st.columns(2, gap="large")
    with left:
        if seen:
            read_as = [seen[f"read_as_{digit}"] for digit in range(CLASSES)]
            st.markdown(explain(judged_words(seen, one=one)))
            live.show_chart(read_chart(read_as, theme), key("read"))
            st.caption(explain(f"{few_words(sum(read_as))} {spread_words()}".strip()))
        else:
            st.markdown("Nobody has judged its drawings at this step: choose a later one.")
    with right:
        st.markdown(explain("**A falling loss is not the goal**: the distance tells, the losses do not."))
        live.show_chart(distance_chart(run, theme), key("distance"))
        st.caption(explain(OVER_FEW))
        live.show_chart(losses_chart(run, theme), key("losses"))
        st.markdown(explain(":blue[—] detective :orange[- -] forger"))
