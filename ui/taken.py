"""Who starts a run reads at once that it has been taken; the page is redrawn after that.

The line that says how the run stands is written anew in its place, before anything else is drawn; where a
page has no such line, a passing note says the same. When a class presses Start together, everybody is
answered first. Whole pages follow one by one, whatever was pressed: drawn all at once, the first would be no
sooner there than the last, and a start among them would wait for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import suppress_fragment_callback_warning

from dlcore.run import Run
from ui import messages, services
from ui.explain import explain

LINE, TAKEN, DRAWN = "lab__status_line", "lab__taken", "lab__drawn"
PATIENCE_SECONDS = 5.0  # with starts that are being answered
DRAWN_SECONDS = 0.5  # that a page has to itself; then the next is drawn beside it


@dataclass
class Turn:
    """Of one visit: it begins, and it is over when none of those that share it draws any more."""

    patient_until: float = 0.0  # with starts that are being answered
    began: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    drawing: int = 0


class ThisThread(threading.local):
    """What a thread is at. It takes one start at a time, which is one with what it takes within itself."""

    takes_a_start = draws_a_page = False
    patient_until: float | None = None  # after its start: the page that follows is no more patient


class Taking:
    """Starts that are being answered, and whole pages that wait for them and for each other.

    Any thread may call.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS, drawn: float = DRAWN_SECONDS) -> None:
        self._patience, self._drawn = patience, drawn
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[Turn, Turn]] = {}  # by visit: after whose turn comes its own
        self._last = Turn()  # of all that have asked
        self._last.began.set()
        self._last.over.set()
        self._one_answer = threading.Lock()
        self._this_thread = ThisThread()
        self._answering, self._all_answered = 0, threading.Event()
        self._all_answered.set()

    @contextmanager
    def first(self) -> Iterator[None]:
        """A start is taken and answered, one at a time: no whole page begins to be drawn meanwhile. Who has
        been answered takes no time from the others before all have been; who draws a page has its turn.
        """
        here = self._this_thread
        if here.takes_a_start:
            yield
            return
        here.patient_until = until = time.monotonic() + self._patience
        with self._lock:
            self._answering += 1
            self._all_answered.clear()
        alone = self._one_answer.acquire(timeout=self._patience)
        here.takes_a_start = True
        try:
            yield
        finally:
            here.takes_a_start = False
            if alone:
                self._one_answer.release()
            with self._lock:
                self._answering -= 1
                if not self._answering:
                    self._all_answered.set()
        # Whom a second click has broken off has still to be answered, and waits for nobody.
        if not here.draws_a_page:
            self._all_answered.wait(max(0.0, until - time.monotonic()))

    @contextmanager
    def page(self, visit: str) -> Iterator[None]:
        """A whole page is drawn: after those that asked before it, and when every start has been answered.

        A click makes Streamlit give up the page that it was asked for before, and draw another: that one has
        the turn of the first, where it still waits.
        """
        here = self._this_thread
        until, here.patient_until = here.patient_until or time.monotonic() + self._patience, None
        with self._lock:
            if visit not in self._waiting:
                before, self._last = self._last, Turn(until)
                self._waiting[visit] = before, self._last
            before, mine = self._waiting[visit]
            mine.drawing += 1
        try:
            before.began.wait()  # which is soon: of all that wait, the first waits for nobody's beginning
            before.over.wait(self._drawn)
            self._all_answered.wait(max(0.0, mine.patient_until - time.monotonic()))
            self._begin(visit, mine)
            here.draws_a_page = True
            yield
        finally:
            here.draws_a_page = False
            self._begin(visit, mine)
            with self._lock:
                mine.drawing -= 1
                if not mine.drawing:
                    mine.over.set()

    def _begin(self, visit: str, turn: Turn) -> None:
        with self._lock:
            if self._waiting.get(visit, (None, None))[1] is turn:
                del self._waiting[visit]
            turn.began.set()


TAKING = Taking()  # of everybody in this server


def line(run: Run, words: str) -> None:
    """How the run of a page stands. Here the page's next start or stop is answered."""
    st.session_state[LINE] = st.markdown(words), _page()


def say(run_id: str) -> None:
    """This visitor's run has been taken: it says so before the page is drawn again.

    A second click hears it again: it may have thrown away what the first was told and nobody has seen yet.
    """
    st.session_state[TAKEN] = True
    run = services.runner().get(run_id)
    if run is not None and not rewrite(run):
        st.toast(
            f"**{messages.plain(run.name)}** · {messages.status_sentence(run)}", icon=":material/play_arrow:"
        )


def steered(run_id: str, action: str) -> None:
    """A run that is stopped ends the step it is at and keeps its weights: it says so meanwhile."""
    run = services.runner().get(run_id)
    if action == "stop" and run is not None:
        rewrite(replace(run, stopping=True))  # also where another server trains it, which has yet to hear


def rewrite(run: Run) -> bool:
    """The page's line says how the run stands now, before anything else is drawn. False if it cannot."""
    shown, page = st.session_state.get(LINE, (None, ""))
    # Another page has other places; and of one that was broken off, the browser may not have them all.
    if shown is None or page != _page() or not st.session_state.get(DRAWN):
        return False
    with suppress_fragment_callback_warning():
        shown.markdown(f"**{messages.plain(run.name)}** · {explain(messages.status_sentence(run))}")
    return True


@contextmanager
def in_turn() -> Iterator[None]:
    """Around every run of the whole page. Until it is drawn, nobody knows where its line will stand."""
    for what in (LINE, TAKEN, DRAWN):
        st.session_state.pop(what, None)
    context = get_script_run_ctx()
    with TAKING.page(context.session_id if context is not None else ""):
        yield
    st.session_state[DRAWN] = True


def redraw_all() -> None:
    """First in a live part: a run that was started in it is shown on the whole page, which is drawn anew."""
    if TAKEN in st.session_state:
        st.rerun()


def _page() -> str:
    context = get_script_run_ctx()
    return context.page_script_hash if context is not None else ""
