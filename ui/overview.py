"""The path at a glance: a card per section, with what each page teaches, its minutes, and what was opened."""

from __future__ import annotations

from collections.abc import Set

import streamlit as st

from ui import path
from ui.explain import explain

COLUMNS = 2


def show(opened: Set[str]) -> None:
    """`opened` holds the files of the pages that this visitor has opened."""
    st.subheader("The path")
    st.write("Go along it, or pick what you like. ✓ marks what you have opened.")
    sections = [section for section, stops in path.SECTIONS.items() if stops[0].number]
    share = -(-len(sections) // COLUMNS)
    for number, column in enumerate(st.columns(COLUMNS)):
        with column:
            for section in sections[number * share : (number + 1) * share]:
                _card(section, opened)


def _card(section: str, opened: Set[str]) -> None:
    with st.container(border=True, gap="small", key=f"path__card_{section.partition(' ')[0]}"):
        st.markdown(f"**{section}**")
        for stop in path.SECTIONS[section]:
            was_there = not opened.isdisjoint({stop.file, *(other.file for other in stop.also)})
            with st.container(gap=None):
                st.page_link(path.PAGES / stop.file, label=_heading(stop), icon=f":material/{stop.icon}:")
                about = f"{stop.minutes}\N{NO-BREAK SPACE}min" + (" · ✓ opened" if was_there else "")
                st.markdown(f"{explain(stop.teaches)} :gray[{about}]")


def _heading(stop: path.Stop) -> str:
    return stop.heading.replace(stop.label, f"**{stop.label}**")
