"""The data folder goes while the lab runs: it says so, trains on, and writes again when it can."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from dlcore.errors import StoreError
from dlcore.runs.storage import mending
from dlcore.runs.storage.checkpoints import load_weights
from dlcore.runs.storage.damage import Aside
from dlcore.runs.storage.kept import Kept
from dlcore.runs.storage.store import Store
from tests.attack.stored import finished, stored
from tests.dlcore.runs.lab import LONG, Lab, WaitUntil
from tests.forks import Forks
from tests.waiting import Counted, wait_until

GONE = r"^The data folder .+ is gone: put it back, or make an empty one in its place\.$"
SHORT = LONG.replace(train_size=600, batch_size=20, epochs=4)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture
def lab(tmp_path: Path, forks: Forks, wait_until: WaitUntil) -> Iterator[Lab]:
    lab = Lab.start(tmp_path / "data", wait_until, forks.pool(), max_workers=1)
    yield lab
    lab.close()


def test_a_folder_that_is_deleted_is_said_and_a_run_trains_on_and_is_written_when_it_is_back(
    lab: Lab,
) -> None:
    folder = lab.runner.store.folder
    run_id = lab.submit(SHORT.replace(epochs=100))
    lab.started(run_id)
    first = lab.get(run_id).series["train_loss"][0]
    while folder.exists():  # a checkpoint may come in between
        shutil.rmtree(folder, ignore_errors=True)
    lab.wait_until(
        lambda: lab.runner.trouble.endswith("Until then runs go on and wait in memory."), "the lab says it"
    )
    assert "is gone" in lab.runner.trouble
    with pytest.raises(StoreError, match=GONE):
        lab.submit()
    with pytest.raises(StoreError, match=GONE):
        lab.runner.store.runs_of("anna")
    with pytest.raises(OSError, match="No such file"):
        Kept(folder / "exports").keep(b"an export")
    step = lab.get(run_id).step
    lab.until(run_id, lambda run: run.step > step, "it trains on")
    lab.until(
        run_id, lambda run: "could not be written" in run.reason, "it says that its weights are not kept"
    )
    assert not folder.exists(), "nobody makes it anew by the way"

    folder.mkdir()
    lab.wait_until(lambda: lab.runner.trouble == "", "it is written")
    lab.until(run_id, lambda run: run.reason == "", "its weights are kept again")
    lab.stop(run_id)
    lab.wait_until(lambda: lab.stored(run_id).status == "stopped", "its end is in the store")
    run = lab.stored(run_id)
    assert run.series["train_loss"][0] == first, "with what it measured before"
    assert load_weights(run.checkpoints[-1])
    assert "vanished while the lab was running" in lab.runner.store.notice


def test_a_folder_that_comes_back_as_it_was_goes_on(lab: Lab) -> None:
    """A disk that was pulled out and put in again."""
    folder = lab.runner.store.folder
    run_id = lab.submit()
    lab.started(run_id)
    away = folder.rename(folder.with_name("away"))
    lab.wait_until(lambda: "is gone" in lab.runner.trouble, "the lab says it")
    away.rename(folder)
    lab.wait_until(lambda: lab.runner.trouble == "", "it is written")
    lab.stop(run_id)
    lab.wait_until(lambda: lab.stored(run_id).status == "stopped", "its end is in the store")
    assert lab.runner.store.notice == ""


def test_a_database_that_is_deleted_is_made_anew_from_the_folders(lab: Lab) -> None:
    store = lab.runner.store
    done = finished(store)
    run_id = lab.submit()
    lab.started(run_id)
    first = lab.get(run_id).series["train_loss"][0]
    for name in ("runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"):
        (store.folder / name).unlink(missing_ok=True)
    lab.wait_until(lambda: store.get(done.id) is not None, "the finished run is back")
    assert stored(store, done.id) == done
    lab.stop(run_id)
    lab.wait_until(lambda: lab.stored(run_id).status == "stopped", "the active run is written, too")
    lab.wait_until(
        lambda: lab.stored(run_id).series.get("train_loss", ())[:1] == (first,),
        "with what it measured before",
    )


def test_whoever_writes_waits_until_a_new_record_is_whole(tmp_path: Path) -> None:
    """What another thread wrote meanwhile would be overtaken by what the folders say."""
    order: list[str] = []

    class Slow(Store):
        def _opened(self, aside: Aside) -> None:
            super()._opened(aside)
            if not self.openings:
                self._opening = Counted(self._opening)  # type: ignore[assignment]
            else:
                opening = self._opening
                assert isinstance(opening, Counted)
                before = opening.came
                other = Thread(target=lambda: (self.saw("anna"), order.append("written")))
                other.start()
                wait_until(lambda: opening.came > before or order, "it has come to the door, or through it")
                order.append("whole")

    with closing(Slow(tmp_path / "data")) as store:
        finished(store)
        for name in ("runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"):
            (store.folder / name).unlink(missing_ok=True)
        assert len(store.runs_of("anna")) == 1
        wait_until(lambda: len(order) == 2, "both are done")
    assert order == ["whole", "written"]


def test_one_that_broke_off_while_it_was_made_anew_is_made_anew_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that fails for a moment: an empty database is not taken for all that there is."""

    def failing(*_: object) -> list[str]:
        raise OSError(5, "Input/output error")

    with closing(Store(tmp_path / "data")) as store:
        done = finished(store)
        for name in ("runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"):
            (store.folder / name).unlink(missing_ok=True)
        with monkeypatch.context() as patched:
            patched.setattr(mending, "mend", failing)
            for _ in range(2):
                with pytest.raises(StoreError):
                    store.get(done.id)
        assert stored(store, done.id) == done


def test_a_store_without_its_folder_closes_and_another_opens(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "data")) as store:
        finished(store)
        shutil.rmtree(store.folder)
        with pytest.raises(StoreError, match=GONE):
            store.runs_of("anna")
    with closing(Store(tmp_path / "data")) as again:
        assert again.runs_of("anna") == []
