"""Inside a run, under its curves: gradients, updates, units that are off, and how its weights are spread."""

from __future__ import annotations

import streamlit as st

from dlcore.errors import CheckpointError
from dlcore.figures.internals import CURVES, histogram_chart, internals_chart, layers_seen
from dlcore.run import Checkpoint, Run, stop_names
from dlcore.training.internals import GRADIENT
from ui import form, live, messages, state
from ui.explain import explain
from ui.lenses import internals

MEANINGS = {
    "gradients": "How strongly the loss pulls at a layer.",
    "updates": "How far a step moves its weights. Dotted: a thousandth, a rule of thumb.",
    "dead": "Units at 0 for every image of a batch: no gradient reaches them.",
}


def show(page: str, run: Run, steps_per_epoch: float) -> None:
    """Nothing if nobody watched while it trained."""
    if not layers_seen(run, GRADIENT):
        return
    st.markdown("**Inside, layer by layer**")
    columns = st.columns(2)
    shown = [which for which in CURVES if layers_seen(run, CURVES[which].prefix)]
    for position, which in enumerate(shown):
        with columns[position % 2]:
            live.show_chart(
                internals_chart(run, which, steps_per_epoch, state.theme()), form.key(page, which)
            )
            st.caption(explain(MEANINGS[which]))
    if run.checkpoints:
        try:
            spread(page, run)
        except CheckpointError as error:  # given up, to make room
            st.caption(messages.plain(str(error)))


def spread(page: str, run: Run) -> None:
    """How the weights of each layer are spread: the newest ones while it trains, then any that are kept."""
    first, now = run.checkpoints[0], chosen(page, run)
    edges = internals.edges(first, run.checkpoints[-1])
    before, after = internals.histograms(first, edges), internals.histograms(now, edges)
    began = "as they began" if first.step == 0 else f"after step {first.step:,}"  # the rest was given up
    st.markdown(f"**How the weights are spread**: filled now, the line {began}")
    columns = st.columns(2)
    for position, layer in enumerate(layer for layer in layers_seen(run, GRADIENT) if layer in after):
        with columns[position % 2]:
            st.caption(messages.plain(layer))
            chart = histogram_chart(after[layer], before.get(layer), state.theme())
            live.show_chart(chart, form.key(page, f"spread_{position}"))


def chosen(page: str, run: Run) -> Checkpoint:
    names = dict(zip(stop_names(run.checkpoints), run.checkpoints, strict=True))
    if run.active or len(names) < 2:
        return run.checkpoints[-1]
    last = list(names)[-1]
    name = st.select_slider(
        "Weights after epoch", list(names), last, key=form.key(page, f"spread_at_{run.id}")
    )
    return names.get(str(name), run.checkpoints[-1])
