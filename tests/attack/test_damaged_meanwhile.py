"""The database is damaged while the lab runs: it is put aside, and the folders say what stood in it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from dlcore.errors import StoreError
from dlcore.runs.storage import folder
from dlcore.runs.storage.checkpoints import load_weights
from dlcore.runs.storage.database import CODES
from dlcore.runs.storage.record import read_record
from dlcore.runs.storage.store import Store
from tests.attack.stored import finished, stored
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forks
from tests.waiting import DEADLINE_SECONDS

PAGE = 4096


def overwrite(file: Path) -> None:
    """All pages but the first, in place: the file says what it is, and nothing in it is so."""
    with file.open("rb+") as database:
        database.seek(PAGE)
        database.write(b"\xff" * (os.fstat(database.fileno()).st_size - PAGE))


def overwrite_all(file: Path) -> None:
    with file.open("rb+") as database:
        database.write(b"\xff" * os.fstat(database.fileno()).st_size)


def cut(file: Path) -> None:
    os.truncate(file, PAGE)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def aside(store: Store) -> list[Path]:
    return list(store.folder.glob("damaged-*/runs.sqlite"))


@pytest.fixture
def lab(tmp_path: Path, forks: Forks, wait_until: WaitUntil) -> Iterator[Lab]:
    lab = Lab.start(tmp_path / "data", wait_until, forks.pool(), max_workers=1)
    yield lab
    lab.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def test_the_lab_goes_on_and_no_run_loses_its_end(lab: Lab) -> None:
    store = lab.runner.store
    done = finished(store)
    run_id = lab.submit()
    lab.started(run_id)
    first = lab.get(run_id).series["train_loss"][0]
    store.empty_journal()
    overwrite(store.folder / "runs.sqlite")
    lab.wait_until(lambda: aside(store) and not lab.runner.trouble, "it is put aside, and the lab writes")
    assert stored(store, done.id) == done
    lab.stop(run_id)
    lab.wait_until(
        lambda: (record := read_record(store.run_folder(run_id))) and record.status == "stopped",
        "its end is in its folder",
    )
    lab.wait_until(
        lambda: lab.stored(run_id).series.get("train_loss", ())[:1] == (first,),
        "with what it measured before",
    )
    run = lab.stored(run_id)
    assert run.status == "stopped"
    assert load_weights(run.checkpoints[-1])
    assert "was damaged" in store.notice
    assert len(aside(store)) == 1


@pytest.mark.parametrize("damage", [overwrite, overwrite_all, cut, empty])
def test_whoever_reads_next_finds_what_the_folders_say(store: Store, damage: Callable[[Path], None]) -> None:
    done = finished(store)
    store.empty_journal()
    damage(store.folder / "runs.sqlite")
    with suppress(StoreError):
        store.known_runs()
    assert stored(store, done.id) == done
    assert ("vanished" if damage is empty else "was damaged") in store.notice


def test_of_two_servers_the_later_puts_aside_nothing_that_the_other_has_begun(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, look = finished(store), folder.damage
    with closing(Store(store.folder)) as other:

        def slow_look(file: Path) -> str:
            """Meanwhile the other server finds the damage, and begins a new one."""
            fault = look(file)
            monkeypatch.setattr(folder, "damage", look)
            with suppress(StoreError):
                other.known_runs()
            other._write([CODES.insert().values(code="A0", owner="anna")])
            return fault

        store.empty_journal()
        overwrite(store.folder / "runs.sqlite")
        monkeypatch.setattr(folder, "damage", slow_look)
        with suppress(StoreError):
            store.known_runs()
        assert stored(store, done.id) == done
        assert len(aside(store)) == 1
        assert store.owner_of("A0") == "anna"


def test_what_is_sound_when_it_is_read_anew_stays(store: Store) -> None:
    done = finished(store)
    store._broken(store._engine)
    assert stored(store, done.id) == done
    assert (aside(store), store.openings, store.notice) == ([], 1, "")


def test_two_who_find_it_at_once_put_one_aside(tmp_path: Path) -> None:
    both = Barrier(2)

    class Met(Store):
        def _broken(self, engine: sa.Engine) -> None:
            both.wait(DEADLINE_SECONDS)
            super()._broken(engine)

    with closing(Met(tmp_path)) as store:
        done = finished(store)
        store.empty_journal()
        overwrite(store.folder / "runs.sqlite")
        refused: list[StoreError] = []

        def look() -> None:
            try:
                store.get(done.id)
            except StoreError as error:
                refused.append(error)

        threads = [Thread(target=look) for _ in range(both.parties)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == both.parties
        assert len(aside(store)) == 1
        assert store.openings == 2
        assert stored(store, done.id) == done


REFUSALS = {
    "held": ("PRAGMA busy_timeout = 0", "INSERT INTO codes VALUES ('A', 'ben')"),
    "read only": ("PRAGMA query_only = ON", "INSERT INTO codes VALUES ('A', 'ben')"),
    "full": ("PRAGMA max_page_count = 1", f"INSERT INTO codes VALUES ('A', '{'x' * 10 * PAGE}')"),
    "twice": ("SELECT 1", "INSERT INTO codes VALUES ('B', 'anna')"),
    "odd": ("SELECT 1", "SELECT nothing FROM nowhere"),
}


@pytest.mark.parametrize(("before", "statement"), REFUSALS.values(), ids=REFUSALS)
def test_a_sound_database_that_only_refuses_stays(store: Store, before: str, statement: str) -> None:
    store._write([CODES.insert().values(code="A0", owner="anna")])
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as other:
        if "busy" in before:
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"^The run database cannot be used"):
            store._write([sa.text(before), sa.text(statement)])
    assert aside(store) == []
    assert store.openings == 1
