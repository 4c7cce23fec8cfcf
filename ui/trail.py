"""Where a visitor has been: the pages they opened, and the last one with its run. It outlives a reload."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from dlcore.errors import RunError, StoreError
from dlcore.run import Run
from dlcore.runs.kinds import lenses
from dlcore.runs.storage.trails import Trail
from ui import path, services, state

LAST = "trail_last"
# Nobody goes on from Home, a word, a class, or what they wrote.
NOWHERE = (path.STOPS[0], path.WORDS, path.CLASS, path.MY_WORK)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A page of the path, with the run that was looked at there."""

    stop: path.Stop
    run: Run | None

    @property
    def label(self) -> str:
        return f"{self.stop.label} · {self.run.name}" if self.run is not None else self.stop.label

    def open(self) -> None:
        params = {state.RUN_PARAM: self.run.id} if self.run is not None else {}
        st.switch_page(path.PAGES / self.stop.file, query_params=params)


def follow(stop: path.Stop) -> None:
    """This visitor is on this page. A record that cannot be written costs nobody the page itself."""
    place = (stop.file, str(st.session_state.get(state.RUN_PARAM, "")))
    if stop in NOWHERE or st.session_state.get(LAST) == place:
        return
    st.session_state[LAST] = place
    try:
        services.store().opened(state.owner(), *place)
    except StoreError as error:
        log.warning("where somebody has been is not written down: %s", error)


def walked() -> Trail:
    return services.store().trail_of(state.owner())


def last_place(trail: Trail) -> Place | None:
    """The page to go on with; None if there is none yet. A run that is gone or not seen there is left out."""
    stop = path.BY_FILE.get(trail.last)
    if stop is None:
        return None
    run = None
    if trail.run:
        with suppress(RunError):  # deleted since, or no longer shared
            run = state.run_named(trail.run)
    if run is not None and not any(lens.page == stop.file for lens in lenses(run.kind)):
        run = None
    return Place(stop, run)
