"""The live part of a page that shows a run."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dlcore.errors import RunError
from dlcore.run import Run
from ui import messages, state, taken, work


def _has_another_status(run: Run, status: str) -> bool:
    return run.status != status


def follow_run(
    run: Run, draw: Callable[[Run], None], overtaken: Callable[[Run, str], bool] = _has_another_status
) -> None:
    """Drawn again and again while the run is under way; once it is overtaken, the whole page is.

    `overtaken` is asked with the run as it stands and the status that it had when the page was drawn.
    """
    every = work.TICK_SECONDS if run.active else None
    st.fragment(_tick, run_every=every)(draw, overtaken, run.id, run.status)


def still_there(run_id: str) -> Run:
    """The run as it stands. If it was deleted meanwhile, the whole page is drawn anew, which says so."""
    try:
        return state.run_named(run_id)
    except RunError:
        messages.redraw()


def _tick(
    draw: Callable[[Run], None], overtaken: Callable[[Run, str], bool], run_id: str, status: str
) -> None:
    taken.redraw_all()
    run = still_there(run_id)
    draw(run)
    if overtaken(run, status):
        messages.redraw()
