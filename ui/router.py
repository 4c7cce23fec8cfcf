"""The frame around every page: the path in the sidebar, the lab's name, and what everybody must know."""

from pathlib import Path

import streamlit as st

from ui import (
    assignments,
    classroom,
    handing_out,
    messages,
    path,
    present,
    services,
    sidebar,
    state,
    taken,
    trail,
    unreadable,
    uploads,
    work,
)
from ui.slowest import slowest

ASSETS = Path(__file__).parent / "assets"
LOGO, MARK = str(ASSETS / "logo.svg"), str(ASSETS / "mark.svg")


def page(stop: path.Stop, *, hidden: bool = False) -> st.Page:
    return st.Page(
        path.PAGES / stop.file,
        title=stop.label,
        icon=f":material/{stop.icon}:",
        url_path=stop.address or None,
        default=not stop.address,
        visibility="hidden" if hidden else "visible",
    )


def pages(stops: tuple[path.Stop, ...]) -> list[st.Page]:
    hidden = [page(other, hidden=True) for stop in stops for other in stop.also]
    return [page(stop) for stop in stops] + hidden


asked = slowest.clock()
with taken.in_turn():
    state.forget_another()
    # The mark comes first: a page's own icon would be fetched from another host.
    st.set_page_config(page_icon=MARK, layout="wide", initial_sidebar_state=264)
    chosen = st.navigation(
        {section: pages(stops) for section, stops in path.SECTIONS.items()}, position="hidden"
    )
    here = next(stop for stop in path.BY_FILE.values() if stop.address == chosen.url_path)
    st.set_page_config(page_title=f"{chosen.title} · Deep Learning Lab")
    st.logo(LOGO, size="large", icon_image=MARK)
    state.enter(here.file)
    sidebar.show(here)
    trail.follow(here)
    work.leave_other_pages(chosen.url_path)
    uploads.leave_other_pages(chosen.url_path)
    present.begin()
    classroom.follow(here)
    assignments.begin(here)
    for sentence in services.notices():
        st.warning(messages.plain(sentence), icon=":material/save:")
    with slowest.timed(here.label, page_since=asked):
        chosen.run()
    unreadable.tell()
    handing_out.show(here)
    trail.follow(here)  # once more: the page may have chosen a run
