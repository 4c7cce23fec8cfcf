"""Two labs open one folder at once, or its tables are not ours: no healthy database is put aside."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.run import Run
from dlcore.runs.storage.store import Store
from tests.attack.stored import finished, stored


@pytest.fixture
def run(tmp_path: Path) -> Run:
    with closing(Store(tmp_path)) as store:
        return finished(store)


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "runs.sqlite")) as database:
        database.execute(statement)
        database.commit()


def open_at_once(folder: Path, count: int = 4) -> list[Store]:
    """Labs that come to one folder at the same moment."""
    together = threading.Barrier(count)

    def come(_: int) -> Store:
        together.wait()
        return Store(folder)

    with ThreadPoolExecutor(count) as labs:
        return list(labs.map(come, range(count)))


@pytest.mark.parametrize(
    "changes",
    [
        ("ALTER TABLE runs DROP COLUMN seen", "ALTER TABLE runs DROP COLUMN shared"),
        ("ALTER TABLE metrics DROP COLUMN special",),
        ("DROP TABLE codes",),
    ],
)
def test_labs_bring_one_folder_up_to_date(tmp_path: Path, run: Run, changes: tuple[str, ...]) -> None:
    for statement in changes:
        execute(tmp_path, statement)
    for store in open_at_once(tmp_path):
        with closing(store):
            assert store.notice == ""
            assert stored(store, run.id) == run
            assert store.owner_of(store.code_of("anna")) == "anna"
    assert list(tmp_path.glob("damaged-*")) == []


def test_tables_that_cannot_be_brought_up_to_date_are_put_aside(tmp_path: Path, run: Run) -> None:
    """SQLite finds the file sound; only using it shows that it is not ours any more."""
    execute(tmp_path, "ALTER TABLE runs RENAME COLUMN owner TO ovner")
    with closing(Store(tmp_path)) as store:
        assert "The record of all runs was damaged (" in store.notice
        assert stored(store, run.id) == run, "taken back from its folder"
    assert len(list(tmp_path.glob("damaged-*/runs.sqlite"))) == 1
