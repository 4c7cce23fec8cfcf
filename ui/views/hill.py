"""Beside the loss curve of a run: how many are right or, if one asks for it, the run's ball on its hill."""

from __future__ import annotations

from functools import partial

import plotly.graph_objects as go
import streamlit as st

from dlcore.figures.palette import Theme
from dlcore.figures.rolling import (
    BALL,
    PATH,
    empty_hill,
    looks_from,
    rolling_alt,
    rolling_figure,
    way_figure,
)
from dlcore.landscape.rolling import Known, due
from dlcore.landscape.words import about_ground, about_rolling
from dlcore.run import Run
from ui import form, messages, state, work
from ui.components.plotly3d.component import Play, plotly3d, sent_once
from ui.lenses.rolling import Rolling, rolling
from ui.remember import remembered

HEIGHT = 380
CHOICES = {"curves": "Curves", "hill": "On the hill"}
BESIDE = "beside"


def choose(page: str) -> None:
    """The first choice is what costs nothing."""
    st.segmented_control(
        "Beside the loss",
        list(CHOICES),
        format_func=CHOICES.__getitem__,
        default="curves",
        required=True,
        label_visibility="collapsed",
        key=form.key(page, BESIDE),
    )


def chosen(page: str) -> bool:
    return st.session_state.get(form.key(page, BESIDE)) == "hill"


def look(page: str, run: Run | None) -> Rolling | None:
    """Ask for what is not known yet, if the hill is looked at; else drop what was asked for."""
    if run is None or not run.checkpoints or not chosen(page):
        work.only_task(page)
        return None
    found = rolling(run)
    work.only_task(page, found.asked)
    return found


def show(page: str, found: Rolling | None) -> None:
    """The picture: the ball as soon as one is known, then the ground. Before that, its place."""
    known, theme = found.known if found else Known(), state.theme()
    ground, balls, facts = known.ground, known.balls, known.facts
    pale = ground is not None and bool(due(ground, balls[-1]))
    eye = 0.0
    if found is not None and facts is not None:  # from where the run was first seen
        of = (found.run_id, found.before)
        eye = remembered(form.key(page, "eye"), of, partial(looks_from, facts, balls))
    figure = sent_once(
        form.key(page, "drawn"), (ground, balls, theme, pale, eye), partial(_drawn, known, theme, pale, eye)
    )
    waiting = "Measuring the first points …" if found else "Start training: your network rolls downhill here."
    names = tuple(f"Step {ball.step:,}" for ball in balls)
    plotly3d(
        figure,
        key=form.key(page, "hill"),
        height=HEIGHT,
        alt=rolling_alt(known),
        filename="on-the-hill",
        play=Play(PATH, len(balls) - 1, names=names, heads=(BALL,)) if len(balls) > 1 else None,
        words="" if balls else waiting,
    )


def _drawn(known: Known, theme: Theme, pale: bool, eye: float) -> go.Figure:
    """Made once for what is known, not at every tick of every visitor's page."""
    if known.facts is None:
        return empty_hill(theme, height=HEIGHT)
    if known.ground is None:
        return way_figure(known.facts, known.balls, theme, eye=eye, height=HEIGHT)
    return rolling_figure(known.ground, known.balls, theme, pale=pale, eye=eye, height=HEIGHT)


def say(page: str, found: Rolling | None) -> None:
    """Which cut this is and where the ball stands. Its place is as high whatever is said."""
    with st.container(key=form.key(page, "hill__two_lines")):
        if found is not None and found.known.balls:
            st.markdown(about_rolling(found.known, messages.plain(found.before)))
        else:
            st.markdown(
                "A cut along two of all the directions your network can move in. Its height is the loss."
            )
    with st.container(key=form.key(page, "ball__two_lines")):
        if found is None:
            st.caption("The ball will be your network: where its weights are, and what they are worth.")
        elif found.asked.failed:
            st.warning(messages.plain(found.asked.reason), icon=":material/error:")
        elif found.known.ground is not None:
            st.caption(about_ground(found.known))
        else:
            st.caption(work.words([found.asked], "Measuring the first points …"))
