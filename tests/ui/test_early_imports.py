"""Whoever opens a page first finds its modules imported."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from ui import early_imports


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that one page imports, and nobody has yet."""
    package = tmp_path / "lateroom"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "late.py").write_text("")
    pages = tmp_path / "pages" / "deep"
    pages.mkdir(parents=True)
    (pages / "page.py").write_text("import json\nfrom lateroom import late\nraise RuntimeError\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(early_imports, "PAGES", tmp_path / "pages")
    return "lateroom.late"


def test_what_a_page_imports_is_there_and_the_page_did_not_run(late: str) -> None:
    assert late not in sys.modules
    early_imports.import_all(threading.Event())
    assert late in sys.modules


def test_modules_of_a_package_count_as_modules() -> None:
    names = set(early_imports.modules_of(early_imports.PAGES / "mnist" / "train.py"))
    assert {"ui.cards", "ui.explain", "streamlit"} <= names
    assert "ui.explain.explain" not in names, "that is a function"
