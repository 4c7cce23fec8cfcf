"""Threads that write into one SQLite database wait for each other; who reads waits for nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from dlcore.runs.storage import write_queue
from dlcore.runs.storage.address import file_address
from dlcore.runs.storage.database import CODES
from dlcore.runs.storage.opening import open_database
from tests.waiting import DEADLINE_SECONDS

pytestmark = pytest.mark.own_database  # PostgreSQL has a queue of its own
QUERY = sa.select(sa.func.count()).select_from(CODES)


class Lock:
    """As threading has it, and how often it was asked for, and whether somebody has had to wait for it."""

    def __init__(self) -> None:
        self._lock, self.waited_for = threading.Lock(), threading.Event()
        self.release, self.locked = self._lock.release, self._lock.locked
        self.asked = 0

    def acquire(self, timeout: float) -> bool:
        self.asked += 1
        if self.locked():
            self.waited_for.set()
        return self._lock.acquire(timeout=timeout)


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Lock:
    """The one that writers of the database hold."""
    lock = Lock()
    monkeypatch.setattr(write_queue, "threading", SimpleNamespace(Lock=lambda: lock))
    monkeypatch.setattr(write_queue, "PATIENCE_SECONDS", DEADLINE_SECONDS)
    return lock


@pytest.fixture
def runs(tmp_path: Path, lock: Lock) -> Iterator[sa.Engine]:
    """SQLite itself has no patience there: who does not stand in the queue is refused."""
    engine = open_database(file_address(tmp_path / "runs.db"))
    sa.event.listen(engine, "checkout", lambda dbapi, *_: dbapi.execute("PRAGMA busy_timeout=0"))
    yield engine
    engine.dispose()


def write(connection: sa.Connection, name: str) -> None:
    connection.execute(CODES.insert().values(code=name, owner=name))


def write_alone(runs: sa.Engine, name: str) -> None:
    with runs.begin() as connection:
        write(connection, name)


def count(runs: sa.Engine) -> int:
    with runs.connect() as connection:
        return int(connection.execute(QUERY).scalar_one())


def test_who_comes_second_waits_and_who_reads_does_not(runs: sa.Engine, lock: Lock) -> None:
    with ThreadPoolExecutor(1) as other:
        with runs.begin() as connection:
            write(connection, "first")
            second = other.submit(write_alone, runs, "second")
            assert lock.waited_for.wait(DEADLINE_SECONDS)
            assert count(runs) == 0, "nothing is there before its end"
            assert not second.done()
        second.result()
    assert count(runs) == 2


def test_it_is_held_from_the_first_change_to_the_end(runs: sa.Engine, lock: Lock) -> None:
    with runs.begin() as connection:
        connection.execute(QUERY)
        assert not lock.locked()
        for name in ("first", "second"):
            write(connection, name)
            assert lock.locked()
    assert not lock.locked()
    with pytest.raises(IntegrityError):
        write_alone(runs, "first")
    assert not lock.locked(), "also if it is refused"
    with runs.connect() as connection:
        write(connection, "third")
        assert lock.locked()
    assert not lock.locked(), "also if it is taken back"
    with runs.begin() as connection:
        write(connection, "third")
        runs.dispose()
    assert not lock.locked(), "also if the database is opened anew meanwhile"


def test_the_queue_has_patience_for_a_while_only(
    runs: sa.Engine, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_queue, "PATIENCE_SECONDS", 0.01)
    with runs.begin() as connection:
        write(connection, "first")
        with pytest.raises(OperationalError, match="locked"):
            write_alone(runs, "second")
        assert lock.locked(), "it is the first one's"
    write_alone(runs, "second")
    assert count(runs) == 2
    assert not lock.locked()


def test_who_has_lost_patience_is_asked_to_have_it_once(
    runs: sa.Engine, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its first change on others of this process wait for it: it must not wait for them."""
    monkeypatch.setattr(write_queue, "PATIENCE_SECONDS", 0.01)
    assert lock.acquire(DEADLINE_SECONDS)
    before = lock.asked
    with runs.begin() as connection:
        write(connection, "first")
        write(connection, "second")
    assert lock.asked == before + 1
    assert lock.locked(), "it was never its own"
    lock.release()
    assert count(runs) == 2
