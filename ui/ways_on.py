"""Ways on from a run that went wrong or has ended: its cure, the steps that are left, more epochs."""

from __future__ import annotations

import streamlit as st

from dlcore.diagnosis import Diagnosis
from dlcore.run import Run
from dlcore.runs.storage.disk import resumable
from ui import assignments, messages, state
from ui.training import TrainingPage

CURED = "its cure needs: turn another knob, and start anew."


def show_diagnosis(training: TrainingPage, run: Run, found: Diagnosis | None) -> None:
    """What went wrong, and the button that cures it."""
    if found is None:
        return
    (st.error if found.broken else st.warning)(messages.plain(found.text), icon=":material/healing:")
    more = found.more_epochs
    if more and not (state.mine(run) and resumable(run.checkpoints)):
        return
    wanted = {"epochs": run.epoch + more} if more else found.cure
    if way := assignments.in_the_way(training.page, wanted, CURED):
        st.markdown(f":material/lock: {messages.plain(way)}")
        return
    act, how = (training.go_on, more) if more else (training.start_again, found.cure)
    call = messages.guarded(training.page, act)
    st.button(found.cure_words, key=training.key("cure"), on_click=call, args=(run.id, how))


def offer_to_go_on(training: TrainingPage, run: Run) -> None:
    """What can be done with one's own run that has ended."""
    config, unknown = training.config_of(run)
    if unknown:
        why = messages.plain(unknown[0])
        st.info(f"Made by another version of the lab: it can be looked at, not continued. {why}")
        return
    ended = run.status in ("finished", "stopped", "failed")
    if not (state.mine(run) and ended and resumable(run.checkpoints)):
        return
    if run.status == "finished" and "epochs" in assignments.fixed(training.page):
        return  # more of them are not to be had
    with st.container(horizontal=True, vertical_alignment="bottom"):
        more = 0
        if run.status == "finished":
            more = st.number_input("More epochs", 1, 199, 1, key=training.key("more"), width=140)
        st.button(
            f"Train {more} more" if more else messages.going_on(run),
            icon=":material/forward:",
            key=training.key("go_on"),
            on_click=messages.guarded(training.page, training.go_on),
            args=(run.id, more),
        )
    if more and getattr(config, "schedule", "constant") != "constant":
        st.caption("Its schedule is stretched over all epochs, so the learning rate rises again first.")
