"""Who is here, and who has left for good: their tasks are dropped, the places they held are free."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import services

GRACE_SECONDS = 90.0

log = logging.getLogger(__name__)


class Leaving:
    """Those whose connection was lost. `here` says whether somebody is; `release` lets them go for good."""

    def __init__(self, here: Callable[[str], bool], release: Callable[[str], None]) -> None:
        self._is_here, self._release = here, release
        self._looks: dict[str, float] = {}  # when to look for whom, the earliest first
        # Those of them who were here at the last look. They are looked for on and on: of a page that does not
        # ask for `session` again, Streamlit tells no later loss.
        self._back: set[str] = set()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._looks)

    def lost(self, session: str) -> None:
        """Release it once it has not come back for a while."""
        with self._lock:
            self._back.discard(session)
            self._look_later(session)
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._release_gone, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the machine begins no thread more: the next loss tries it again
                log.exception("nobody who has left is let go")
                return
            self._thread = thread

    def _look_later(self, session: str) -> None:
        self._looks.pop(session, None)
        self._looks[session] = time.monotonic() + GRACE_SECONDS

    def _release_gone(self) -> None:
        """One thread for all who leave: it ends when nobody is left to look for."""
        pause = threading.Event()
        leaving = True
        while leaving:
            with self._lock:
                session, until = next(iter(self._looks.items()))
            pause.wait(max(0.0, until - time.monotonic()))
            here = self._answer(self._is_here, session)
            with self._lock:
                if self._looks[session] != until:  # came back and left again
                    continue
                if gone := not here and session not in self._back:
                    del self._looks[session]
                else:  # who was here at the last look may come back from this loss too
                    self._look_later(session)
                    (self._back.add if here else self._back.discard)(session)
                if not (leaving := bool(self._looks)):
                    self._thread = None
            if gone:
                self._answer(self._release, session)

    def _answer(self, ask: Callable[[str], object], session: str) -> object:
        try:
            return ask(session)
        except Exception:  # the others are still to be looked for, and released
            log.exception("a visit that has left could not be released")
            return None


def _is_here(session: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(session)


_leaving = Leaving(_is_here, lambda session: services.release(session))


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda s: _leaving.lost(s))
def session() -> str:
    """This visit's id. Streamlit releases it at any lost connection, a short one too."""
    context = get_script_run_ctx()
    return context.session_id if context else ""
