"""Owners are free to make: runs are bounded per owner, per address and in all, and so is what they keep."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import RunError
from dlcore.runs import placing
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage import budget
from dlcore.runs.storage.budget import FORSAKEN_DAYS, make_room, warning
from dlcore.runs.storage.disk import folder_bytes
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, write_down
from tests.attack.stored import CONFIG, begin, finished
from tests.dlcore.runs.fakes import Pool
from tests.waiting import wait_until

DAY = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


@pytest.fixture
def runner(store: Store) -> Iterator[Runner]:
    runner = Runner(store, pool=Pool(), cores=1)
    yield runner
    runner.close()


def submit(runner: Runner, owner: str, address: str = "") -> str:
    return runner.submit(owner, "mnist", CONFIG, name="a run", address=address)


# --- Active runs ----------------------------------------------------------------------------------


def test_an_address_has_only_so_many_active_runs_whatever_its_owners(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MAX_ACTIVE_PER_ADDRESS", 3)
    first, *_ = (submit(runner, f"owner {n}", "10.0.0.1") for n in range(3))
    with pytest.raises(RunError, match=r"^From your network 3 runs are active: wait until"):
        submit(runner, "one more", "10.0.0.1")
    submit(runner, "ben", "10.0.0.2")
    submit(runner, "at the machine")
    runner.control(first, Control("stop"))
    runner.pool.obey()  # type: ignore[attr-defined]
    submit(runner, "one more", "10.0.0.1")


def test_the_lab_has_only_so_many_active_runs(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MAX_ACTIVE", 3)
    for n in range(3):
        submit(runner, f"owner {n}", f"10.0.0.{n}")
    with pytest.raises(RunError, match=r"^In the lab 3 runs are active: wait until"):
        submit(runner, "one more", "10.0.0.9")


def test_runs_that_go_on_count_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MAX_ACTIVE_PER_ADDRESS", 1)
    runner = Runner(store, pool=Pool(), cores=1)
    ids = [submit(runner, owner) for owner in ("anna", "ben")]
    runner.close()
    runner = Runner(store, pool=Pool(), cores=1)
    runner.control(ids[0], Control("resume"), "10.0.0.1")
    with pytest.raises(RunError, match="From your network"):
        runner.control(ids[1], Control("resume"), "10.0.0.1")
    runner.close()


# --- Kept runs ------------------------------------------------------------------------------------


def test_an_owner_keeps_only_so_many_runs(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_RUNS_PER_OWNER", 2)
    mine = [submit(runner, "anna"), submit(runner, "anna")]
    with pytest.raises(RunError, match=r"^You have 2 runs: delete some before starting another\.$"):
        submit(runner, "anna")
    submit(runner, "ben")
    runner.control(mine[0], Control("stop"))
    runner.pool.obey()  # type: ignore[attr-defined]
    runner.delete(mine[0])
    submit(runner, "anna")


def test_the_lab_keeps_only_so_many_runs(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_RUNS", 2)
    for owner in ("anna", "ben"):
        submit(runner, owner)
    with pytest.raises(RunError, match=r"^The lab has 2 runs, as many as it keeps: delete some of yours\.$"):
        submit(runner, "anna")
    with pytest.raises(RunError, match="as many as it keeps: ask those who have many to delete some"):
        submit(runner, "carl")


def test_runs_that_were_only_begun_take_nobodys_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started and stopped again, a hundred times, under ever other names."""
    monkeypatch.setattr(budget, "MOST_RUNS", 4)
    done, under_way = finished(store, owner="here"), begin(store)
    empty = [begin(store, owner=f"nobody {n}") for n in range(2)]
    for run in empty:
        write_down(store, News(replace(run, status="stopped"), [], []))
    make_room(store, 10**9)
    assert len(store.known_runs()) == 4, "for an hour one can read why"
    monkeypatch.setattr(budget, "EMPTY_SECONDS", 0.0)
    make_room(store, 10**9)
    assert set(store.known_runs()) == {done.id, under_way.id, empty[1].id}, "no more than must"
    monkeypatch.setattr(budget, "MOST_RUNS", 4)
    make_room(store, 1)
    assert empty[1].id in store.known_runs(), "there is no room to be had from it"


def test_readme_tells_how_many_are_kept() -> None:
    told = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert (
        f"Each person keeps {budget.MOST_RUNS_PER_OWNER:,} runs at most, the lab {budget.MOST_RUNS:,}."
        in told
    )
    assert f"away for {FORSAKEN_DAYS} days" in told


def test_a_full_folder_begins_no_run(store: Store) -> None:
    finished(store)
    runner = Runner(store, pool=Pool(), cores=1, limit_bytes=1000)
    runner.keep_house()
    wait_until(lambda: runner.used_bytes > 0, "it has looked, or another thread has")
    with pytest.raises(RunError, match="no room for another run"):
        submit(runner, "anna")
    for run in store.runs_of("anna"):
        runner.delete(run.id)
    runner.limit_bytes = 10**9
    submit(runner, "anna")
    runner.close()


def away(store: Store, run_id: str, days: float) -> None:
    """The owner of this run has not been here for so long."""
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute("UPDATE runs SET seen = ? WHERE id = ?", (time.time() - days * DAY, run_id))
        database.commit()


def test_when_it_is_full_runs_of_those_away_longest_go_first(store: Store) -> None:
    long_gone, gone, shared, lately = (finished(store, owner=f"owner {n}") for n in range(4))
    of_commands, under_way = finished(store, owner="local"), begin(store)
    for run, days in ((long_gone, 90), (gone, 60), (shared, 120), (lately, FORSAKEN_DAYS - 1)):
        away(store, run.id, days)
    for run in (of_commands, under_way):
        away(store, run.id, 365)
    store.share(shared.id, True)
    everything = folder_bytes(store.folder)

    def left() -> set[str]:
        return set(store.known_runs())

    make_room(store, everything)
    assert len(left()) == 6
    make_room(store, 1)
    assert left() == {shared.id, lately.id, of_commands.id, under_way.id}
    assert not store.run_folder(gone.id).exists()


def test_a_clock_that_is_set_forward_forsakes_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    here, long_gone = finished(store, owner="here"), finished(store, owner="gone")
    away(store, long_gone.id, FORSAKEN_DAYS + 1)
    a_year_on = time.time() + 365 * DAY
    monkeypatch.setattr(time, "time", lambda: a_year_on)
    make_room(store, 1)
    assert set(store.known_runs()) == {here.id}


def test_only_as_many_go_as_must(store: Store) -> None:
    runs = [finished(store, owner=f"owner {n}") for n in range(3)]
    for n, run in enumerate(runs):
        away(store, run.id, 90 - n)
        store.record(run.id, [], [], dropped=run.checkpoints[:-1])
    used = folder_bytes(store.folder)
    after = make_room(store, used - 1)
    assert after < used
    assert set(store.known_runs()) == {runs[1].id, runs[2].id}


def test_what_goes_next_is_said_before(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    run = finished(store)
    assert warning(store, 80, 100) == ""
    assert warning(store, 95, 100).endswith(
        "Delete runs that nobody needs: when it is full, none can be begun."
    )
    away(store, run.id, 60)
    assert warning(store, 95, 100).endswith(
        "First runs give up older weights, then goes 1 run of people who have not been here for 30 days: "
        "share or download what is to stay."
    )
    monkeypatch.setattr(budget, "MOST_RUNS", 1)
    assert "Next goes 1 run of people" in warning(store, 10, 100), "weights make no room for their number"


def test_who_is_here_is_seen(store: Store) -> None:
    run = finished(store)
    away(store, run.id, 60)
    assert store.forsaken(FORSAKEN_DAYS * DAY) == [run.id]
    store.saw("ben")
    assert store.forsaken(FORSAKEN_DAYS * DAY) == [run.id]
    store.saw("anna")
    assert store.forsaken(FORSAKEN_DAYS * DAY) == []
    store.saw("nobody")
