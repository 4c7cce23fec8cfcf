"""Two labs open one folder at once, or its tables are not ours: no healthy database is put aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

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


@contextmanager
def another_lab_does_it_first(folder: Path, beginning: str) -> Iterator[list[str]]:
    """Just before this lab changes a table so, another one has done just that; what it did."""
    done: list[str] = []

    def before(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.strip().startswith(beginning) and statement not in done:
            done.append(statement)
            execute(folder, statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    yield done
    sa.event.remove(sa.Engine, "before_cursor_execute", before)


def test_two_labs_bring_one_folder_up_to_date(tmp_path: Path, run: Run) -> None:
    for table, column in (("runs", "seen"), ("runs", "shared"), ("metrics", "special")):
        execute(tmp_path, f"ALTER TABLE {table} DROP COLUMN {column}")
    with another_lab_does_it_first(tmp_path, "ALTER TABLE") as done, closing(Store(tmp_path)) as store:
        assert len(done) == 3
        assert store.notice == ""
        assert stored(store, run.id) == run
    assert list(tmp_path.glob("damaged-*")) == []


def test_a_table_that_another_lab_has_just_made_is_no_damage(tmp_path: Path, run: Run) -> None:
    execute(tmp_path, "DROP TABLE codes")
    with another_lab_does_it_first(tmp_path, "CREATE TABLE codes"), closing(Store(tmp_path)) as store:
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
