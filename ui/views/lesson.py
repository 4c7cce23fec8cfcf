"""A small program that torch runs at this moment: what it prints and refuses, beside plain words."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dlcore.tensors.lessons import Lesson, run
from ui import form
from ui.explain import explain


def show_lesson(page: str, name: str, lessons: Mapping[str, Lesson]) -> None:
    """One of these, chosen here; `name` tells two such choices of a page apart."""
    first, *_ = lessons
    chosen = st.pills(
        "A small program",
        list(lessons),
        format_func=lambda key: lessons[key].title,
        default=first,
        required=True,
        key=form.key(page, name),
        label_visibility="collapsed",
        wrap=True,
    )
    lesson = lessons[chosen if chosen in lessons else first]
    said = run(lesson)
    left, right = st.columns(2, gap="medium")
    with left:
        st.code(lesson.source, language="python", wrap_lines=True)
    with right:
        st.markdown("**Torch says, right now**")
        st.code(said.text, language=None, wrap_lines=True)
    st.markdown(explain(f"**In plain words:** {lesson.means}"))
    if lesson.way_out:
        st.markdown(explain(f"**The way out:** {lesson.way_out}"))
