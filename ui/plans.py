"""Lessons of 45 and 90 minutes on Home: which pages, how long, and what to do there."""

from __future__ import annotations

import streamlit as st

from dlcore.classroom.lesson_plans import LESSON_PLANS, Step
from ui import path


def label(step: Step) -> str:
    """What everybody may read of a step."""
    words = [path.BY_FILE[step.file].label] if step.file else []
    return " · ".join([*words, step.todo])


def with_minutes(step: Step) -> str:
    return f"{label(step)} · {step.minutes}\N{NO-BREAK SPACE}min"


def show() -> None:
    """Both plans, side by side: each step leads to its page."""
    st.subheader("With a class")
    for column, (minutes, plan) in zip(st.columns(len(LESSON_PLANS)), LESSON_PLANS.items(), strict=True):
        with column, st.container(gap="xsmall"):
            st.markdown(f"**{minutes} minutes**")
            for step in plan.steps:
                link(step, with_minutes(step))


def link(step: Step, words: str) -> None:
    """To where a step takes place: the page, or the learner's own notebook for what is answered there."""
    stop = path.BY_FILE[step.file] if step.file else path.MY_WORK
    icon = stop.icon if step.file else "forum"
    st.page_link(path.PAGES / stop.file, label=words, icon=f":material/{icon}:")
