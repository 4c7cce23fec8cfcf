"""The path in the sidebar: only the open section is unfolded; on a phone it closes after a choice."""

from __future__ import annotations

import streamlit as st

from ui import path, state
from ui.middleware import Appended

KEY = "path__sidebar"


def show(here: path.Stop) -> None:
    """`here` is the page that is open. Where it shares its place with others, it stands there for them."""
    first, *sections = path.SECTIONS.items()
    with st.sidebar, st.container(key=KEY, gap="xsmall"):
        links(first[1], here)
        for section, stops in sections:
            unfolded = any(here in (stop, *stop.also) for stop in stops)
            # No key: with one, what somebody folded by hand would outlast their way to another section.
            with st.expander(section, expanded=unfolded, type="compact"):
                links(stops, here)


def links(stops: tuple[path.Stop, ...], here: path.Stop) -> None:
    for stop in stops:
        if stop in (path.CLASS, path.MACHINE) and not (state.teaches() or here == stop):
            continue  # nobody else can do anything there
        shown = here if here in stop.also else stop
        st.page_link(path.PAGES / shown.file, label=stop.label, icon=f":material/{stop.icon}:")


class ClosesAfterChoice(Appended):
    """Where the sidebar covers the page, Streamlit leaves it open after a choice in it; and once opened, it
    would be open at every later visit too: there it is shut at first.

    768 px is Streamlit's own bound, below which a sidebar lies over the page.
    """

    CONTENT = b"""<script>(() => {
  const kept = Object.keys(localStorage).filter((name) => name.startsWith("stSidebarCollapsed"));
  if (innerWidth <= 768) kept.forEach((name) => localStorage.removeItem(name));
  addEventListener("click", (event) => {
    const choice = ["a", "[data-testid=stLogoLink]"].map((what) => `[data-testid=stSidebar] ${what}`);
    if (innerWidth > 768 || !event.target.closest?.(choice)) return;
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  });
})()</script>"""
