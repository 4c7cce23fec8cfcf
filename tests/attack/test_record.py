"""A run's own folder says what it is, so that no lost row takes its weights along."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import StoreError
from dlcore.run import Metric, Run
from dlcore.runs.runner import Runner
from dlcore.runs.storage import removal
from dlcore.runs.storage.checkpoints import load_weights
from dlcore.runs.storage.record import RECORD, read_record
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, write_down
from tests.attack.stored import begin, epoch_of, finished, stored
from tests.dlcore.runs.fakes import Pool


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def forget(folder: Path, run_id: str) -> None:
    """The database goes back to before this run: what a lost journal does."""
    with closing(sqlite3.connect(folder / "runs.sqlite")) as database:
        for table, key in (("metrics", "run_id"), ("checkpoints", "run_id"), ("runs", "id")):
            database.execute(f"DELETE FROM {table} WHERE {key} = ?", (run_id,))
        database.commit()


def in_folder(store: Store, run: Run) -> Run:
    record = read_record(store.run_folder(run.id), series=True)
    assert record is not None
    return record


# --- What stands there ----------------------------------------------------------------------------


def test_a_folder_tells_of_its_run_from_the_beginning(store: Store) -> None:
    run = begin(store)
    assert in_folder(store, run) == run


def test_a_folder_tells_of_its_runs_end_bit_for_bit(store: Store) -> None:
    run = begin(store)
    odd = [Metric("val_loss", n, 1, 0.1, value) for n, value in enumerate((math.inf, -math.inf, 0.1 + 0.2))]
    run = replace(run, status="diverged", reason="Loss became infinite.", step=3, watched=((0.5, 0.25),))
    write_down(store, News(run, odd))
    assert in_folder(store, run) == stored(store, run.id)
    write_down(store, News(replace(run, watched=((math.nan,),))))
    assert repr(in_folder(store, run)) == repr(stored(store, run.id))
    assert math.isnan(in_folder(store, run).watched[0][0])


def test_what_its_owner_says_of_a_run_stands_there_too(store: Store) -> None:
    run = finished(store)
    store.rename(run.id, "better")
    store.share(run.id, True)
    assert in_folder(store, run) == replace(run, name="better", shared=True)
    store.share(run.id, False)
    assert not in_folder(store, run).shared


def test_a_run_that_goes_on_is_under_way_there_too(store: Store) -> None:
    run = finished(store)
    store.take_up(replace(run, status="queued", step=20, epoch=2, checkpoints=run.checkpoints[:2]))
    record = in_folder(store, run)
    assert (record.status, record.step, record.checkpoints) == ("queued", 20, run.checkpoints[:2])
    assert max(m.step for m in record.series["train_loss"]) == 20


def test_at_the_end_of_a_run_the_journal_is_empty(store: Store) -> None:
    finished(store)
    assert (store.folder / "runs.sqlite-wal").stat().st_size == 0


def test_a_record_that_the_disk_refuses_keeps_no_half_begun_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match=r"^A run's record cannot be written .*No space left.*: free some"):
        begin(store)
    assert store.runs_of("anna") == []


# --- Rows that are lost ---------------------------------------------------------------------------


def test_a_finished_run_without_a_row_is_taken_back_whole(store: Store) -> None:
    run, other = finished(store), finished(store, "other", "ben")
    forget(store.folder, run.id)
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id) == run
        assert stored(again, other.id) == other
        assert again.notice == "1 run was not in the record of all runs: taken back from the folders."
        assert load_weights(run.checkpoints[-1])
    with closing(Store(store.folder)) as again:
        assert again.notice == "", "said once"


def test_a_row_that_went_back_in_time_is_mended(store: Store) -> None:
    run = begin(store)
    run = epoch_of(store, run, 1)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        old = "\n".join(database.iterdump())
    for epoch in (2, 3):
        run = epoch_of(store, run, epoch)
    run = stored(store, run.id)
    store.close()
    for name in ("runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"):
        (store.folder / name).unlink(missing_ok=True)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.executescript(old)
        database.execute("UPDATE runs SET pid_since = 0")  # whose process is gone
        database.commit()
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id) == run
        assert again.notice == "1 run was wrong in the record of all runs: mended from the folders."


def test_a_row_with_newer_weights_than_its_record_stays(store: Store) -> None:
    """An earlier version of the lab, which writes no records, went on with it."""
    run = epoch_of(store, begin(store), 1)
    write_down(store, News(replace(run, status="stopped")))
    record = (store.run_folder(run.id) / RECORD).read_bytes()
    for epoch in (2, 3):
        run = epoch_of(store, run, epoch)
    run = stored(store, run.id)
    (store.run_folder(run.id) / RECORD).write_bytes(record)
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id) == run
        again.settle_some(10)
        assert in_folder(again, run) == run


def test_a_run_under_way_without_a_row_comes_back_interrupted(store: Store) -> None:
    run = epoch_of(store, epoch_of(store, begin(store), 1), 2)
    (store.run_folder(run.id) / "epoch-003-step-000030.safetensors").write_bytes(b"half")
    forget(store.folder, run.id)
    with closing(Store(store.folder)) as again:
        back = stored(again, run.id)
    assert (back.status, back.owner, back.step, back.checkpoints) == (
        "interrupted",
        "anna",
        20,
        run.checkpoints,
    )


@pytest.mark.parametrize("damage", ["missing", "half", "another run's"])
def test_a_folder_that_says_nothing_is_put_aside_with_its_weights(store: Store, damage: str) -> None:
    run, other = finished(store), finished(store)
    record = store.run_folder(run.id) / RECORD
    content = {
        "half": record.read_bytes()[:500],
        "another run's": (store.run_folder(other.id) / RECORD).read_bytes(),
    }
    record.unlink()
    if damage in content:
        record.write_bytes(content[damage])
    forget(store.folder, run.id)
    with closing(Store(store.folder)) as again:
        assert again.get(run.id) is None
        (aside,) = store.folder.glob("damaged-*")
        assert again.notice == (
            "1 run was in no record that can be read: the weights were put into "
            f"{aside.name} in the data folder."
        )
        assert stored(again, other.id) == other
    names = {path.name for path in (aside / "runs" / run.id).iterdir()}
    assert {checkpoint.path.name for checkpoint in run.checkpoints} <= names


def test_two_put_aside_within_a_second_do_not_touch_each_other(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        (tmp_path / "runs.sqlite").write_bytes(content * 100)
        with closing(Store(tmp_path)):
            pass
    found = {path.read_bytes() for path in tmp_path.glob("damaged-*/runs.sqlite")}
    assert found == {b"first" * 100, b"second" * 100}


def test_a_folder_of_an_earlier_version_is_described(store: Store) -> None:
    run = finished(store)
    (store.run_folder(run.id) / RECORD).unlink()
    with closing(Store(store.folder)) as again:
        again.settle_some(10)
        assert in_folder(again, run) == run


def test_whole_checkpoints_are_never_swept(store: Store) -> None:
    """Rows of checkpoints may be lost while the run's own is not."""
    run = epoch_of(store, epoch_of(store, begin(store), 1), 2)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute("DELETE FROM checkpoints WHERE step = 20")
        database.execute("UPDATE runs SET pid_since = 0")
        database.commit()
    with closing(Store(store.folder)) as again:
        runner = Runner(again, pool=Pool(), cores=1)
        runner.close()
    assert load_weights(run.checkpoints[-1])


# --- What its owner deletes -----------------------------------------------------------------------


def test_a_run_deleted_by_half_does_not_come_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = finished(store)

    def broken_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(removal.shutil, "rmtree", broken_off)
        with pytest.raises(KeyboardInterrupt):
            remove_run(store, run.id)
    assert not (store.run_folder(run.id) / RECORD).exists()
    with closing(Store(store.folder)) as again:
        assert (again.get(run.id), again.notice) == (None, "")
    assert list((store.folder / "runs").iterdir()) == []
    assert list(store.folder.glob("damaged-*")) == []


def test_a_run_whose_folder_is_gone_when_its_row_is_not_is_deleted_to_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(store)
    folder = store.run_folder(run.id)
    folder.rename(folder.with_name(f"{run.id}.deleted"))
    with closing(Store(store.folder)) as again:
        assert again.get(run.id) is None
    assert list((store.folder / "runs").iterdir()) == []


REFUSED_AT_ONCE = "CREATE TRIGGER keep BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'held'); END"
REFUSED_IN_THE_END = "CREATE TABLE held (id REFERENCES runs(id) DEFERRABLE INITIALLY DEFERRED)"


@pytest.mark.parametrize("refusal", [REFUSED_AT_ONCE, REFUSED_IN_THE_END], ids=["at once", "in the end"])
def test_a_run_that_the_database_keeps_is_kept_whole(store: Store, refusal: str) -> None:
    run = finished(store)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute(refusal)
        if refusal == REFUSED_IN_THE_END:
            database.execute("INSERT INTO held VALUES (?)", (run.id,))
        database.commit()
    with pytest.raises(StoreError, match=r"held|FOREIGN KEY"):
        remove_run(store, run.id)
    assert load_weights(run.checkpoints[-1])
    store.settle_some(10)
    assert in_folder(store, run) == run


# --- Folders that cannot be read ------------------------------------------------------------------


def test_one_folder_that_cannot_be_read_keeps_no_lab_from_starting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = finished(store), finished(store)
    iterdir = Path.iterdir

    def guarded(path: Path) -> Iterator[Path]:
        if path == store.run_folder(bad.id):
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", guarded)
    with closing(Store(store.folder)) as again:
        runner = Runner(again, pool=Pool(), cores=1)
        assert runner.get(good.id) == good
        runner.close()
        assert again.notice == (
            f"The folder of the run {bad.id} cannot be read (Permission denied): "
            "its weights cannot be used until it can."
        )


def test_a_file_in_the_place_of_a_folder_keeps_no_lab_from_starting(store: Store) -> None:
    bad, good = finished(store), finished(store)
    shutil.rmtree(store.run_folder(bad.id))
    store.run_folder(bad.id).write_text("in the way")
    with closing(Store(store.folder)) as again:
        runner = Runner(again, pool=Pool(), cores=1)
        assert runner.get(good.id) == good
        runner.close()
        assert "cannot be read" in again.notice
