"""The class experiment, for the teacher: hand it out, and see how far its results lie apart."""

from __future__ import annotations

from functools import partial
from statistics import mean

import streamlit as st

from dlcore.classroom.experiment import csv_of, few_words, floor_words, noise_floor
from dlcore.figures.classroom import class_chart
from dlcore.words import percent
from ui import form, live, messages, services, state, teaching
from ui.explain import explain

PAGE = teaching.PAGE
key = partial(form.key, PAGE)


def follow() -> None:
    """The noise floor, as the class measures it: no name stands here, so it may be projected."""
    if not state.teaches():
        st.rerun()
    teaching.hold()
    messages.show_refusal(PAGE)
    experiment = services.room().experiment
    if experiment is None:
        hand_out()
        return
    results, under_way, moved = teaching.results(experiment)
    left_out = f", {moved} moved by hand and not counted" if moved else ""
    found = noise_floor(results)
    with st.container(horizontal=True, vertical_alignment="center"):
        far = f", {percent(mean(under_way))} of their way on average" if under_way else ""
        stand = f"{len(results)} finished, {len(under_way)} under way{far}{left_out}"
        st.markdown(f"**{messages.plain(experiment.title)}** · {stand}")
        st.button("End it", icon=":material/stop:", key=key("end"), on_click=teaching.end_experiment)
        st.download_button(
            "Results",
            csv_of(results),
            "class-experiment.csv",
            "text/csv",
            icon=":material/download:",
            key=key("csv"),
            on_click="ignore",
            disabled=not results,
        )
    st.markdown(explain(floor_words(found, results[0].total if results else 0)))
    if found is not None:
        live.show_chart(class_chart(results, found, state.theme()), key("dots"))
        st.caption(
            explain("Line: the mean. Grey: the 95 % band of one run, from its number of test images alone.")
        )
        if few := few_words(found):
            st.caption(explain(few))


def hand_out() -> None:
    st.markdown("Everybody trains the same, each with a seed of their own. How far do the results lie apart?")
    set_ups = list(teaching.set_ups())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Set-up", set_ups, key=key("set_up"), width=260)
        st.button(
            "Hand it out",
            type="primary",
            icon=":material/science:",
            key=key("hand_out"),
            on_click=messages.guarded(PAGE, teaching.hand_out),
            args=(chosen if chosen in set_ups else set_ups[0],),
            disabled=not services.room().is_open,
        )
