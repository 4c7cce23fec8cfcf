"""Files that a browser handed over leave the memory with the page they were given to."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from ui import uploads
from ui.uploads import Sweeper


@pytest.fixture
def storage() -> MemoryUploadedFileManager:
    return MemoryUploadedFileManager("/_stcore/upload_file")


def put(storage: MemoryUploadedFileManager, session: str, size: int = 10) -> None:
    storage.add_file(session, UploadedFileRec(f"{size}", "digit.png", "image/png", b"x" * size))


def test_a_page_that_stays_closed_keeps_no_files(storage: MemoryUploadedFileManager) -> None:
    open_pages = {"anna", "bert"}
    sweeper = Sweeper(storage, open_pages.__contains__)
    for session in ("anna", "bert", "a socket that never ran a page"):
        put(storage, session)
    sweeper.look()
    open_pages.remove("anna")
    sweeper.look()
    assert set(storage.file_storage) == {"anna", "bert"}, "a lost connection may come back"
    open_pages.add("anna")
    sweeper.look()
    open_pages.clear()
    sweeper.look()
    assert set(storage.file_storage) == {"anna", "bert"}
    sweeper.look()
    assert storage.file_storage == {}


def test_a_visit_that_goes_to_another_page_keeps_none_of_the_first(
    storage: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = defaultdict()
    monkeypatch.setattr(uploads.st, "session_state", state)
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: SimpleNamespace(session_id="anna"))
    monkeypatch.setattr(uploads, "_storage", lambda: storage)
    uploads.leave_other_pages("mnist_draw")
    for session in ("anna", "bert"):
        put(storage, session, 20)
    uploads.leave_other_pages("mnist_draw")
    assert uploads.held_bytes() == {"anna": 20, "bert": 20}, "its own page keeps them, rerun after rerun"
    uploads.leave_other_pages("")
    assert uploads.held_bytes() == {"bert": 20}
