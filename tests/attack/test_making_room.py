"""When there is no room: only what may go goes, whatever people do meanwhile, and nothing comes back."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.errors import RunError, StoreError
from dlcore.run import Run
from dlcore.runs.house import DESCRIBED_AT_ONCE, House
from dlcore.runs.runner import Runner
from dlcore.runs.storage import budget, settling
from dlcore.runs.storage.budget import make_room
from dlcore.runs.storage.damage import DATABASE
from dlcore.runs.storage.disk import folder_bytes, state_path
from dlcore.runs.storage.record import RECORD, read_record
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store
from tests.attack.stored import CONFIG, begin, epoch_of, finished, stored
from tests.attack.test_bounds import away, submit
from tests.dlcore.runs.fakes import Clock, Pool
from tests.waiting import wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def steps(store: Store, run: Run) -> list[int]:
    return [checkpoint.step for checkpoint in stored(store, run.id).checkpoints]


# --- How much -------------------------------------------------------------------------------------


def test_a_lab_with_all_its_runs_makes_room_for_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "MOST_RUNS", 2)
    gone, lately = finished(store, owner="ben"), finished(store, owner="carl")
    away(store, gone.id, 60)
    with closing(Runner(store, pool=Pool(), cores=1)) as runner:
        runner.keep_house()
        new = submit(runner, "anna")
        assert set(store.known_runs()) == {lately.id, new}
        with pytest.raises(RunError, match=r"^The lab has 2 runs"):
            submit(runner, "anna")
        runner._house.keep([], runner.limit_bytes)
        assert set(store.known_runs()) == {lately.id, new}, "whose owners were here lately"


def test_what_was_put_aside_takes_no_room_from_runs(store: Store) -> None:
    run = finished(store)
    used = folder_bytes(store.folder)
    aside = store.folder / "damaged-20260101-120000" / "runs" / "one"
    aside.mkdir(parents=True)
    (aside / "weights").write_bytes(bytes(1_000_000))
    assert make_room(store, used) == used
    assert steps(store, run) == [10, 20, 30]


# --- What people do meanwhile ---------------------------------------------------------------------


def go_on(store: Store, run: Run) -> None:
    store.take_up(replace(run, status="queued"))


MEANWHILE: dict[str, Callable[[Store, Run], None]] = {
    "shared": lambda store, run: store.share(run.id, True),
    "taken up": go_on,
    "seen": lambda store, run: store.saw(run.owner),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_a_run_that_somebody_wants_again_meanwhile_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Store, Run], None]
) -> None:
    wanted, other = finished(store), finished(store, owner="ben")
    for run in (wanted, other):
        away(store, run.id, 60)
    listed = store.forsaken

    def listed_before(seconds: float) -> list[str]:
        ids = listed(seconds)
        meanwhile(store, wanted)
        return ids

    monkeypatch.setattr(store, "forsaken", listed_before)
    make_room(store, 1)
    assert set(store.known_runs()) == {wanted.id}
    assert stored(store, wanted.id).checkpoints[-1].path.exists()
    assert (store.run_folder(wanted.id) / RECORD).exists()


def test_a_run_that_is_taken_up_meanwhile_keeps_its_weights(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(store)
    listed = store.oldest_ended

    def listed_before() -> list[str]:
        ids = listed()
        go_on(store, run)
        return ids

    monkeypatch.setattr(store, "oldest_ended", listed_before)
    make_room(store, 1)
    assert steps(store, run) == [10, 20, 30]
    assert all(checkpoint.path.exists() for checkpoint in run.checkpoints)


def test_the_weights_that_a_run_goes_on_from_stay(store: Store) -> None:
    """It was stopped within an epoch: its last weights have no state."""
    run = finished(store)
    store.update(replace(run, status="stopped"))
    state_path(run.checkpoints[-1]).rename(state_path(run.checkpoints[1]))
    make_room(store, 1)
    assert steps(store, run) == [20, 30]
    assert state_path(run.checkpoints[1]).exists()
    with closing(Runner(store, pool=Pool(), cores=1)) as runner:
        runner.resume(run.id)
        going_on = runner.get(run.id)
        assert going_on is not None
        assert going_on.step == 20


def test_a_deleted_run_is_not_taken_up(store: Store) -> None:
    run = finished(store)
    remove_run(store, run.id)
    with pytest.raises(RunError, match="or deleted"):
        go_on(store, run)
    assert not store.run_folder(run.id).exists()


def nobody_else_writes(store: Store) -> bool:
    """Does somebody hold what is written to the database?"""
    with closing(sqlite3.connect(store.folder / DATABASE, timeout=0.0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def test_a_run_that_is_deleted_while_its_folder_is_described_does_not_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(store)
    describing = threading.Thread(target=store.settle, args=(run.id,))
    rename, hold, comes = Path.rename, settling.hold, threading.Event()

    def described_meanwhile(path: Path, target: Path) -> Path:
        done = rename(path, target)
        if path == store.run_folder(run.id):
            held = nobody_else_writes(store)
            describing.start()
            wait_until(
                lambda: (held and comes.is_set()) or not describing.is_alive(),
                "it is kept waiting, or has described the run",
            )
        return done

    def holding(connection: sa.Connection, run_id: str, *conditions: sa.ColumnElement[bool]) -> bool:
        if threading.current_thread() is describing:
            comes.set()
        return hold(connection, run_id, *conditions)

    monkeypatch.setattr(settling, "hold", holding)
    monkeypatch.setattr(Path, "rename", described_meanwhile)
    remove_run(store, run.id)
    describing.join()
    assert list((store.folder / "runs").iterdir()) == []
    with closing(Store(store.folder)) as again:
        assert again.get(run.id) is None


# --- Housekeeping ---------------------------------------------------------------------------------


def house_of(store: Store) -> House:
    return House(store, Clock(), turn=nullcontext())


def test_one_folder_that_cannot_be_described_holds_up_nothing_else(store: Store) -> None:
    bad, forsaken, lost = finished(store), finished(store, owner="ben"), begin(store, owner="carl")
    good = finished(store)
    away(store, forsaken.id, 60)
    shutil.rmtree(store.run_folder(bad.id))
    store.run_folder(bad.id).write_text("in the way")
    (store.run_folder(good.id) / RECORD).unlink()
    store.undescribed[:] = [good.id, bad.id]
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute("UPDATE runs SET pid_since = 0")
        database.commit()
    house = house_of(store)
    with pytest.raises(StoreError, match="A run's record cannot be written"):
        house.keep([], limit_bytes=1)
    assert forsaken.id not in store.known_runs(), "room was made"
    assert stored(store, lost.id).status == "interrupted"
    for _ in range(2):
        with pytest.raises(StoreError, match="A run's record cannot be written"):
            house.keep([], limit_bytes=1)
    assert read_record(store.run_folder(good.id)) is not None
    assert set(store.undescribed) == {bad.id}, "it is tried again"


def test_a_heartbeat_that_is_refused_holds_up_nothing_else(store: Store) -> None:
    run = begin(store)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute(
            "CREATE TRIGGER no BEFORE UPDATE OF heartbeat ON runs BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        database.commit()
    house = house_of(store)
    with pytest.raises(StoreError, match="full"):
        house.keep([run.id], limit_bytes=10**9)
    assert house.used_bytes > 0


def test_folders_are_described_a_few_at_a_time(store: Store) -> None:
    run = epoch_of(store, begin(store), 1)
    store.undescribed[:] = [run.id] * (DESCRIBED_AT_ONCE + 1)
    house_of(store).keep([run.id], limit_bytes=10**9)
    assert len(store.undescribed) == 1
    assert CONFIG.epochs > 1
