"""Who is here, and who has left for good: their tasks are dropped, the places they held are free."""

from __future__ import annotations

import logging
import threading
import time

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import services

GRACE_SECONDS = 90.0

log = logging.getLogger(__name__)


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda s: _left(s))
def session() -> str:
    """This visit's id. Streamlit releases it at any lost connection, a short one too."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


_leaving: dict[str, float] = {}  # whose connection was lost, the earliest first, and when to look for them
# Those of them who were here at the last look. They are looked for on and on: of a page that does not ask for
# `session` again, Streamlit tells no later loss.
_back: set[str] = set()
_lock = threading.Lock()


def _left(session: str) -> None:
    """Drop the visit's tasks once it has not come back for a while."""
    with _lock:
        alone = not _leaving
        _back.discard(session)
        _look_later(session)
    if alone:  # else a thread is at it
        threading.Thread(target=_release_gone, daemon=True).start()


def _look_later(session: str) -> None:
    _leaving.pop(session, None)
    _leaving[session] = time.monotonic() + GRACE_SECONDS


def _release_gone() -> None:
    """One thread for all who leave: it ends when nobody is left to look for."""
    pause = threading.Event()
    leaving = True
    while leaving:
        with _lock:
            session, until = next(iter(_leaving.items()))
        pause.wait(max(0.0, until - time.monotonic()))
        here = _here(session)
        with _lock:
            if _leaving[session] != until:  # came back and left again
                continue
            if gone := not here and session not in _back:
                del _leaving[session]
            else:  # who was here at the last look may come back from this loss too
                _look_later(session)
                (_back.add if here else _back.discard)(session)
            leaving = bool(_leaving)
        if gone:
            _release(session)


def _here(session: str) -> bool:
    try:
        return runtime.exists() and runtime.get_instance().is_active_session(session)
    except Exception:  # the server ends; the others are still to be looked for
        log.exception("nobody can say whether a visit is here")
        return False


def _release(session: str) -> None:
    try:
        services.release(session)
    except Exception:  # the others are still to be released
        log.exception("a visit that has left could not be released")
