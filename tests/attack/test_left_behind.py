"""A server is killed while a run trains, and its journal is lost too: the weights in the folder are not."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.run import Run
from dlcore.runs.runner import Runner
from dlcore.runs.storage import disk
from dlcore.runs.storage.checkpoints import load_weights
from dlcore.runs.storage.disk import state_path
from dlcore.runs.storage.store import Store
from tests.attack.stored import begin, epoch_of, stored
from tests.dlcore.runs.fakes import Pool

MENDED = "1 run was wrong in the record of all runs: mended from the folders."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def execute(store: Store, *statements: str) -> None:
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def kill(store: Store) -> None:
    execute(store, "UPDATE runs SET pid_since = 0")


def back_in_time(store: Store) -> Run:
    """A run whose row knows its first epoch; the weights of the second are whole in its folder."""
    run = epoch_of(store, begin(store), 1)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        old = "\n".join(database.iterdump())
    shutil.copy(state_path(run.checkpoints[-1]), store.folder / "state")
    run = epoch_of(store, run, 2)
    store.close()
    for name in ("runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"):
        (store.folder / name).unlink(missing_ok=True)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.executescript(old)
    kill(store)
    return run


def goes_on_from(store: Store, run: Run) -> int:
    with closing(Runner(store, pool=Pool(), cores=1)) as runner:
        runner.resume(run.id)
        going_on = runner.get(run.id)
        assert going_on is not None
        return going_on.step


def test_weights_that_a_lost_journal_knew_are_taken_in(store: Store) -> None:
    run = back_in_time(store)
    with closing(Store(store.folder)) as again:
        back = stored(again, run.id)
        assert again.notice == MENDED
        assert (back.status, back.checkpoints) == ("interrupted", run.checkpoints)
        assert load_weights(back.checkpoints[-1])
        assert back.step == 10, "so far its numbers are known"
        assert goes_on_from(again, run) == 20, "the only state there is"
    with closing(Store(store.folder)) as again:
        assert again.notice == "", "said once"


def test_it_goes_on_from_where_its_numbers_are_known(store: Store) -> None:
    run = back_in_time(store)
    shutil.move(store.folder / "state", state_path(run.checkpoints[0]))
    with closing(Store(store.folder)) as again:
        assert goes_on_from(again, run) == 10


def test_numbers_that_were_on_their_way_with_the_weights_come_again(store: Store) -> None:
    """A step may be counted, and its weights saved, before what was measured at its end is written down."""
    run = back_in_time(store)
    execute(store, f"UPDATE runs SET step = {run.step}")
    shutil.move(store.folder / "state", state_path(run.checkpoints[0]))
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id).step < run.step
        assert goes_on_from(again, run) == 10


def test_a_row_lost_between_others_comes_back(store: Store) -> None:
    run = epoch_of(store, epoch_of(store, begin(store), 1), 2)
    execute(store, "DELETE FROM checkpoints WHERE step = 10")
    kill(store)
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id).checkpoints == run.checkpoints


def test_what_was_to_go_when_the_server_was_killed_goes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "MAX_INTERMEDIATE", 1)
    run = epoch_of(store, epoch_of(store, begin(store), 1), 2)
    thinned, newest = run.checkpoints
    store.record(run.id, [], [], dropped=[thinned])
    kill(store)
    with closing(Store(store.folder)) as again:
        assert again.notice == "", "nothing is lost, nothing was wrong"
        assert stored(again, run.id).checkpoints == (newest,)
        assert not thinned.path.exists()
        assert load_weights(newest)


def test_the_run_of_a_living_process_is_left_alone(store: Store) -> None:
    run = epoch_of(store, epoch_of(store, begin(store), 1), 2)
    execute(store, "DELETE FROM checkpoints WHERE step = 20")
    with closing(Store(store.folder)) as again:
        back = stored(again, run.id)
        assert (back.status, back.checkpoints) == ("running", run.checkpoints[:1])
    assert load_weights(run.checkpoints[-1])


def test_a_damaged_row_of_a_run_under_way_is_mended(store: Store) -> None:
    run = epoch_of(store, begin(store), 1)
    execute(store, "UPDATE runs SET config = '{'")
    kill(store)
    with closing(Store(store.folder)) as again:
        back = stored(again, run.id)
    assert (back.kind, back.status, back.config) == ("mnist", "interrupted", run.config)
    assert back.checkpoints == run.checkpoints
    assert len(back.series["train_loss"]) == 20
