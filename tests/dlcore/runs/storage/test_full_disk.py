"""A disk that is full, a database that is held: a run trains on, and is written down when it can be."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import StoreError
from dlcore.run import Checkpoint, new_run
from dlcore.runs.house import House
from dlcore.runs.runner import Runner
from dlcore.runs.storage import settling
from dlcore.runs.storage.budget import make_room
from dlcore.runs.storage.database import RUNS
from dlcore.runs.storage.record import read_record
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.dead import dead_pid
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forks

pytestmark = pytest.mark.own_database
MEGABYTES = 12
CONFIG = TrainConfig(train_size=600, val_size=0, epochs=3, batch_size=20, device="cpu")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, very small. Only root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can make a small disk; test_worker.py and test_runner.py refuse single writes")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all room that is left."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        size = 1_000_000
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return filler


def no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def paused(lab: Lab, config: TrainConfig) -> str:
    """A run that waits, so that what happens to the disk happens before its end."""
    run_id = lab.submit(config)
    lab.control(run_id, "pause")
    lab.status(run_id, "paused")
    return run_id


def test_a_run_survives_a_full_disk(small_disk: Path, wait_until: WaitUntil, forks: Forks) -> None:
    store = Store(small_disk)
    runner = Runner(store, pool=forks.pool(), max_workers=1)
    lab = Lab(runner, wait_until)
    try:
        run_id = paused(lab, CONFIG)
        filler = fill(small_disk)
        lab.control(run_id, "resume")
        run = lab.until(run_id, lambda run: run.step == CONFIG.total_steps and run.reason, "it trained on")
        assert "free some" in run.reason
        wait_until(lambda: "full" in runner.trouble, "the lab says that nothing is written")
        assert "wait in memory" in runner.trouble

        filler.unlink()
        lab.wait_until(lambda: lab.stored(run_id).status == "finished", "it is written")
        stored = lab.stored(run_id)
        wait_until(lambda: runner.trouble == "", "the lab no longer says that nothing is written")
        assert [m.epoch for m in stored.series["epoch_loss"]] == [1, 2, 3]
        assert stored.checkpoints[-1].step == CONFIG.total_steps
        assert stored.checkpoints[-1].path.exists()
    finally:
        runner.close()
        store.close()


def test_a_disk_without_any_room_gets_some(small_disk: Path) -> None:
    """Rows and records need room themselves: what goes, goes first."""
    with closing(Store(small_disk)) as store:
        saved = []
        run = new_run("anna", "mnist", CONFIG, name="a run", status="running")
        store.create(run)
        for epoch in (1, 2, 3):
            path = store.run_folder(run.id) / f"epoch-{epoch}.safetensors"
            path.write_bytes(bytes(1_000_000))
            saved.append(Checkpoint(path, "", epoch, epoch))
        store.record(run.id, [], saved)
        store.update(replace(run, status="finished"))
        store.settle(run.id)
        fill(small_disk)
        make_room(store, 1)
        assert [path.name for path in sorted(store.run_folder(run.id).glob("*.safetensors"))] == [
            "epoch-3.safetensors"
        ]
        assert [c.epoch for c in store.get(run.id).checkpoints] == [3]  # type: ignore[union-attr]
        store.settle_some(10)
        record = read_record(store.run_folder(run.id))
        assert record is not None
        assert record.checkpoints == (saved[-1],)


def test_a_lab_begins_while_somebody_holds_the_database(
    tmp_path: Path, forks: Forks, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that the process before left behind is dealt with as soon as that is over."""
    with closing(Store(tmp_path)) as store:
        run = new_run("anna", "mnist", CONFIG, name="left behind", status="running", threads=1)
        store.create(run)
        with store._transaction() as connection:
            connection.execute(RUNS.update().values(pid=dead_pid()))
        with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            runner = Runner(store, pool=forks.pool(), max_workers=1)
            assert store.notice == "", "it is over soon"
            somebody.execute("ROLLBACK")
        assert "locked" in caplog.text
        house = House(store, lambda: 0.0, nullcontext())
        house.keep([], 10**9)
        assert store.get(run.id) == replace(run, status="interrupted")
        runner.close()


def test_a_run_survives_a_locked_database(tmp_path: Path, wait_until: WaitUntil, forks: Forks) -> None:
    """Somebody looks into the database with another program, and holds it."""
    store = Store(tmp_path)
    runner = Runner(store, pool=forks.pool(), max_workers=1)
    lab = Lab(runner, wait_until)
    run_id = paused(lab, CONFIG.replace(epochs=2))
    with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        lab.control(run_id, "resume")
        lab.until(run_id, lambda run: run.status == "finished", "it trains to its end all the same")
        wait_until(lambda: "locked" in runner.trouble, "the lab says that nothing is written")
        somebody.execute("ROLLBACK")
    wait_until(lambda: lab.stored(run_id).status == "finished", "it is written")
    wait_until(lambda: runner.trouble == "", "the lab no longer says that nothing is written")
    assert [m.epoch for m in lab.stored(run_id).series["epoch_loss"]] == [1, 2]
    runner.close()
    store.close()


def test_what_is_shared_no_more_is_so_at_once_though_the_disk_is_full(
    tmp_path: Path, wait_until: WaitUntil, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Lab(Runner(Store(tmp_path), pool=forks.pool(), max_workers=1), wait_until)) as lab:
        run_id = paused(lab, CONFIG)
        lab.runner.share(run_id, True)
        with monkeypatch.context() as full:
            full.setattr(settling, "write_record", no_room)
            with pytest.raises(StoreError, match="record cannot be written"):
                lab.runner.share(run_id, False)
            assert not lab.get(run_id).shared
            assert not lab.stored(run_id).shared
        folder = lab.runner.store.run_folder(run_id)
        lab.wait_until(
            lambda: (known := read_record(folder)) is not None and not known.shared, "its folder says so too"
        )
