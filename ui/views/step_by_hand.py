"""One step of an optimizer in a race, by hand."""

from __future__ import annotations

import inspect

import streamlit as st

from dlcore.optimizers.formulas import lines
from dlcore.optimizers.race import Race, nudges, off_by
from dlcore.optimizers.rules import RULES, TITLES
from dlcore.words import tex
from ui import form


def show(page: str, result: Race, shown: int | None) -> None:
    """The step at which the bar stands, as a formula, with its numbers, and as source."""
    st.subheader("One step by hand")
    name = st.segmented_control(
        "Follow",
        result.config.names,
        format_func=TITLES.__getitem__,
        default=result.config.names[0],
        required=True,
        key=form.key(page, "follow"),
    )
    racer = result.of(name) or result.racers[0]
    step = max(1, min(shown or 1, len(racer.path) - 1))
    pair = nudges(result, racer, step)
    stands = "The bar below the picture stands at the end." if shown is None else ""
    st.markdown(
        f"**{TITLES[racer.name]}, step {step} of {len(racer.path) - 1}.** {stands} "
        "Move the bar to see another step. $g$ is the slope there, "
        "$\\eta$ the learning rate."
    )
    for parameter, nudge, column in zip("xy", pair, st.columns(2, gap="large"), strict=True):
        with column, st.container(border=True):
            st.markdown(f"$\\partial f/\\partial {parameter} = g = {tex(nudge.gradient)}$")
            for line in lines(racer.name, nudge, racer.lr, result.config.momentum, parameter):
                st.markdown(f"${line.rule}$  \n${line.numbers}$")
    off = off_by(pair, racer, step)
    with st.expander("The source"):
        st.code(inspect.getsource(RULES[racer.name]), language="python")
        st.caption(
            f"The race itself ran torch.optim on float64. At this step the two differ by {off:.1g}. "
            "The formulas leave out ε = 1e-8, which only keeps a division by 0 away."
        )
