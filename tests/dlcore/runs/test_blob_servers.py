"""Weights in an object store: runs of real workers, and servers that share nothing but it and a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from dlcore.run import Metric
from dlcore.runs.runner import Runner
from dlcore.runs.storage import blobs
from dlcore.runs.storage.checkpoint_files import is_there
from dlcore.runs.storage.checkpoints import load_state, load_weights, save_checkpoint
from dlcore.runs.storage.database import RUNS
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.fakes import Pool
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.dlcore.runs.storage.test_store import ELSEWHERE, make_run
from tests.dlcore.runs.test_two_servers import STARVED_SECONDS, Server, newest_epochs, trained_by
from tests.forks import Forks
from tests.s3 import S3

CONFIG = TrainConfig(train_size=400, val_size=0, epochs=3, batch_size=20, device="cpu")
STATE = {"moments": torch.arange(5.0)}


@pytest.fixture(autouse=True)
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that is the object store."""
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    monkeypatch.setenv("DLLAB_BLOBS", f"file://{bucket}")
    blobs._opened.cache_clear()
    yield bucket
    blobs._opened.cache_clear()


def test_training_goes_on_without_the_store_and_its_last_weights_wait(
    tmp_path: Path, bucket: Path, wait_until: WaitUntil, forks: Forks
) -> None:
    with closing(Lab.start(tmp_path, wait_until, forks.pool(), max_workers=1)) as lab:
        run_id = lab.submit(CONFIG)
        lab.control(run_id, "pause")
        lab.status(run_id, "paused")
        away = bucket.rename(tmp_path / "away")
        lab.control(run_id, "resume")
        run = lab.until(
            run_id, lambda run: run.step == CONFIG.total_steps and "wait until" in run.reason, "it trained on"
        )
        assert run.status == "running"
        assert (
            "they can be kept. The weights' store of DLLAB_BLOBS cannot be used (No such file" in run.reason
        )
        away.rename(bucket)
        wait_until(lambda: lab.stored(run_id).status == "finished", "it has ended")
        run = lab.stored(run_id)
        assert run.reason == ""
        assert [m.epoch for m in run.series["epoch_loss"]] == [1, 2, 3]
        assert run.checkpoints[-1].step == CONFIG.total_steps
        assert is_there(run.checkpoints[-1])
        load_weights(run.checkpoints[-1])
        lab.runner.delete(run_id)
        wait_until(lambda: not list(bucket.glob("runs/*")), "its blobs are gone")


@pytest.mark.parametrize("store", ["folder", "s3"])
def test_a_run_goes_on_where_its_weights_have_never_been(
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    schema: str,
    wait_until: WaitUntil,
    store: str,
) -> None:
    """Two servers with a data folder each, one database, and one store."""
    if store == "s3":
        server: S3 = request.getfixturevalue("s3_server")
        server.make_bucket("lab")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DLLAB_BLOBS", f"s3://lab/{tmp_path.name}")
    monkeypatch.setenv("DLLAB_DATABASE_URL", schema)
    one, other = tmp_path / "one", tmp_path / "other"
    monkeypatch.setenv("DLLAB_DATA_DIR", str(one))
    with closing(Store(one)) as gone:
        gone.create(make_run("run"))
        weights = {"w": torch.ones(3)}
        saved = save_checkpoint(
            gone.run_folder("run"), weights, TrainConfig(), epoch=1, step=430, state=STATE
        )
        gone.record("run", [], [saved])
        gone.update(replace(make_run("run"), step=430, epoch=1))
        with gone._transaction() as connection:
            connection.execute(RUNS.update().values(place=ELSEWHERE, heartbeat=gone.now() - 60.0))
    monkeypatch.setenv("DLLAB_DATA_DIR", str(other))
    with closing(Lab(Runner(Store(other), pool=Pool(), cores=1), wait_until)) as lab:
        wait_until(lab.runner.active_runs, "it was taken up")
        live = lab.runner._live["run"]
        assert live.resume is not None
        assert live.resume == replace(saved, path=other / "runs" / "run" / saved.path.name)
        assert not live.resume.path.exists()
        assert torch.equal(load_weights(live.resume)["w"], weights["w"])
        assert torch.equal(load_state(live.resume)["moments"], STATE["moments"])
        assert other in next(iter((other / "blobs").iterdir())).parents, "and now they are here too"


def measured(store: Store, run_id: str, epoch: int) -> list[Metric]:
    """What the store has of its epochs before this one, and after how many seconds each came."""
    run = store.get(run_id)
    assert run is not None
    return [point for point in run.series["epoch_loss"] if point.epoch < epoch]


@pytest.mark.slow
@pytest.mark.usefixtures("bucket")
def test_a_server_is_killed_and_the_other_trains_on_from_the_store(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    schema: str,
    forks: Forks,
    wait_until: WaitUntil,
) -> None:
    monkeypatch.setenv("DLLAB_DATABASE_URL", schema)
    until = partial(wait_until, deadline=STARVED_SECONDS, every=0.1)
    servers = []
    for place in ("one machine", "another machine"):
        (tmp_path / place).mkdir()
        servers.append(Server(tmp_path / place, forks, place))
    first, second = servers
    try:
        with closing(Store(tmp_path)) as store:
            first.begin(2)
            until(lambda: len(trained_by(store)) == 2, "both are trained")
            until(lambda: min(newest_epochs(store).values(), default=0) >= 2, "both have whole epochs")
            before = newest_epochs(store)
            told = {run_id: measured(store, run_id, epoch) for run_id, epoch in before.items()}
            # On a busy machine a heartbeat may come too late, and the second has what the first began.
            victim, other = (first, second) if first.lease in trained_by(store) else (second, first)
            victim.kill()
            until(lambda: trained_by(store) == [other.lease] * 2, "the other one has both")
            for run_id, epoch in before.items():
                until(lambda run_id=run_id, epoch=epoch: newest_epochs(store)[run_id] > epoch, "it goes on")
                run = store.get(run_id)
                assert run is not None
                load_weights(run.checkpoints[-1])
            assert told == {run_id: measured(store, run_id, epoch) for run_id, epoch in before.items()}, (
                "none began anew"
            )
            assert all(points for points in told.values())
    finally:
        for server in servers:
            server.kill()
