"""Files that browsers have handed over: held in memory as long as the page they were given to is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

SWEEP_SECONDS = 20.0  # a page that has been closed for one to two of these has left its files
SHOWN = "page_with_uploads"


class Held(Protocol):
    """Streamlit's files, by session."""

    file_storage: Mapping[str, Mapping[str, Any]]

    def remove_session_files(self, session_id: str) -> None: ...


def held_bytes() -> dict[str, int]:
    """What the files of each session take."""
    storage = _storage()
    if storage is None:
        return {}
    return {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(storage.file_storage.items())
    }


def leave_other_pages(page: str) -> None:
    """This visit has come to a page: the files that it gave to another one are let go."""
    before = st.session_state.get(SHOWN)
    st.session_state[SHOWN] = page
    context, storage = get_script_run_ctx(), _storage()
    if before is not None and before != page and context is not None and storage is not None:
        storage.remove_session_files(context.session_id)


class Sweeper:
    """Lets go of the files of closed pages. A connection that was lost for a moment keeps its files."""

    def __init__(self, storage: Held, is_open: Callable[[str], bool]) -> None:
        self._storage, self._is_open = storage, is_open
        self._closed: set[str] = set()  # at the last look

    def look(self) -> None:
        closed = {session for session in list(self._storage.file_storage) if not self._is_open(session)}
        for session in closed & self._closed:
            self._storage.remove_session_files(session)
        self._closed = closed


def sweep(stopping: threading.Event) -> None:
    """Look again and again until the server stops."""
    sweeper: Sweeper | None = None
    while not stopping.wait(SWEEP_SECONDS):
        if sweeper is None and (storage := _storage()) is not None:
            sweeper = Sweeper(storage, runtime.get_instance().is_active_session)
        if sweeper is not None:
            sweeper.look()


def _storage() -> Held | None:
    storage: Any = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    return storage if hasattr(storage, "file_storage") else None
