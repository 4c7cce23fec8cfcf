"""Weights in an object store: they come back or it is said why not, and what nobody needs goes."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
import torch

from dlcore.errors import BlobError, CheckpointError, StoreError
from dlcore.nets.registry import build_model
from dlcore.run import Checkpoint, Run
from dlcore.runs.live import where_to_go_on
from dlcore.runs.storage import blobs as module
from dlcore.runs.storage.archive import archive
from dlcore.runs.storage.blob_house import BlobHouse, sweep_blobs
from dlcore.runs.storage.blobs import Blobs
from dlcore.runs.storage.budget import kept_bytes, make_room
from dlcore.runs.storage.checkpoint_files import has_state, is_there
from dlcore.runs.storage.checkpoints import load_model, load_state, load_weights, save_checkpoint
from dlcore.runs.storage.disk import delete_checkpoints, keep_newest_state
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.storage.test_store import make_run
from tests.s3 import S3
from tests.test_house import loaded_by

pytestmark = pytest.mark.own_database
WEIGHTS = build_model("FastCNN", seed=1).state_dict()
STATE = {"moments": torch.arange(5.0)}
SECRET = "zx81"
SENTENCE = r"^The weights' store of DLLAB_BLOBS cannot be used \(.+\): .+, or name another\.$"


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    """No test sees another one's troubles."""
    module._opened.cache_clear()
    yield
    module._opened.cache_clear()


@pytest.fixture(params=["file", "memory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place for blobs of this test alone."""
    if request.param == "file":
        (tmp_path / "elsewhere").mkdir()
        url = f"file://{tmp_path / 'elsewhere'}"
    elif request.param == "memory":
        url = f"memory://{tmp_path.name}/lab"
    else:
        server: S3 = request.getfixturevalue("s3_server")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        server.make_bucket("lab")
        url = f"s3://lab/{tmp_path.name}"
    monkeypatch.setenv("DLLAB_BLOBS", url)
    return url


in_a_folder = pytest.mark.parametrize("url", ["file"], indirect=True)


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def blobs_in(store: Store) -> Blobs:
    assert store.blobs is not None
    return store.blobs


def saved(store: Store, run_id: str, epochs: int = 1, **more: object) -> list[Checkpoint]:
    """A run with so many checkpoints, each with its state, recorded and ended."""
    store.create(make_run(run_id, **more))  # type: ignore[arg-type]
    found = []
    for epoch in range(1, epochs + 1):
        weights = build_model("FastCNN", seed=epoch).state_dict()
        folder = store.run_folder(run_id)
        found.append(save_checkpoint(folder, weights, TrainConfig(), epoch=epoch, step=epoch, state=STATE))
    store.record(run_id, [], found)
    store.update(replace(make_run(run_id), status="stopped", step=epochs, epoch=epochs))
    return found


def known(store: Store, run_id: str) -> Run:
    run = store.get(run_id)
    assert run is not None
    return run


def forget_here(store: Store) -> None:
    """As on a server that has never seen these weights."""
    shutil.rmtree(blobs_in(store).cache.folder)


# --- In and out -----------------------------------------------------------------------------------


def test_weights_and_state_come_back_bit_for_bit(store: Store) -> None:
    (checkpoint,) = saved(store, "one")
    assert not list(store.run_folder("one").glob("epoch*")), "nothing lies in the folder of the run"
    for _ in ("from here", "from there"):
        model, config = load_model(checkpoint)
        assert config == TrainConfig()
        wanted = build_model("FastCNN", seed=1).state_dict()
        assert all(torch.equal(wanted[name], value) for name, value in model.state_dict().items())
        assert torch.equal(load_state(checkpoint)["moments"], STATE["moments"])
        forget_here(store)
    assert known(store, "one").checkpoints == (checkpoint,)
    assert where_to_go_on(known(store, "one"))[1] == checkpoint


def test_what_a_run_drops_is_gone_there_too(store: Store) -> None:
    first, second = saved(store, "one", epochs=2)
    keep_newest_state([first, second])
    assert (has_state(first), has_state(second)) == (False, True)
    delete_checkpoints([first])
    assert (is_there(first), is_there(second)) == (False, True)
    names = blobs_in(store).names("one", anew=True)
    assert names == {module.blob_name(second, ending) for ending in (".safetensors", ".json", ".state")}
    forget_here(store)
    with pytest.raises(CheckpointError, match=r"000001\.safetensors cannot be read \(No such file"):
        load_weights(first)
    delete_checkpoints([first])


def test_a_damaged_blob_is_noticed_and_a_damaged_copy_fetched_again(store: Store, url: str) -> None:
    (checkpoint,) = saved(store, "one")
    copy = blobs_in(store).cache.folder / checkpoint.digest
    copy.write_bytes(b"damaged")
    load_weights(checkpoint)
    files, root = fsspec.url_to_fs(url)
    place = f"{root}/runs/one/{module.blob_name(checkpoint, '.safetensors')}"
    content = bytearray(files.cat_file(place))
    content[5_000] ^= 1
    files.pipe_file(place, bytes(content))
    forget_here(store)
    damaged = r"^The checkpoint epoch-001-step-000001\.safetensors is damaged in the store of DLLAB_BLOBS: ch"
    with pytest.raises(CheckpointError, match=damaged):
        load_weights(checkpoint)


def test_a_deleted_runs_blobs_go(store: Store) -> None:
    saved(store, "one")
    kept = saved(store, "two")
    remove_run(store, "one")
    assert store.gone() == ["one"]
    BlobHouse(store, blobs_in(store)).keep()
    assert store.gone() == []
    assert blobs_in(store).runs() == {"two"}
    assert is_there(kept[0])


def test_what_no_record_needs_is_swept_and_what_is_unknown_stays(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = saved(store, "ended", epochs=2)
    saved(store, "active", epochs=1)
    store.update(replace(make_run("active"), status="running"))
    for run_id in ("ended", "active", "unknown"):
        save_checkpoint(store.run_folder(run_id), WEIGHTS, TrainConfig(), epoch=9, step=9)
    with caplog.at_level(logging.WARNING):
        sweep_blobs(store, blobs_in(store))
    assert "1 runs in the store of DLLAB_BLOBS are in no record: their weights stay" in caplog.text
    names = blobs_in(store).names("ended", anew=True)
    assert names == {
        *(
            module.blob_name(checkpoint, e)
            for checkpoint in (first, second)
            for e in (".safetensors", ".json")
        ),
        module.blob_name(second, ".state"),
    }
    assert len(blobs_in(store).names("active", anew=True)) == 5
    assert len(blobs_in(store).names("unknown", anew=True)) == 2


class Watched:
    """A store's files, and of each question whether somebody could write into the database meanwhile."""

    def __init__(self, files: object, database: Path) -> None:
        self.files, self.database, self.free = files, database, list[bool]()

    def __getattr__(self, name: str) -> object:
        if name in ("ls", "rm"):
            with closing(sqlite3.connect(self.database, isolation_level=None)) as other:
                other.execute("PRAGMA busy_timeout = 0")
                try:
                    other.execute("BEGIN IMMEDIATE")
                    self.free.append(True)
                except sqlite3.OperationalError:
                    self.free.append(False)
        return getattr(self.files, name)


@pytest.fixture
def watched(store: Store) -> Watched:
    blobs = blobs_in(store)
    (database,) = store.folder.glob("runs.sqlite")
    blobs._files = watched = Watched(blobs._files, database)
    return watched


@in_a_folder
def test_while_the_store_is_asked_nobody_waits_for_the_database(store: Store, watched: Watched) -> None:
    first, second, third = saved(store, "one", epochs=3)
    keep_newest_state([first, second, third])
    watched.free.clear()
    store.thin_out("one")
    assert known(store, "one").checkpoints == (third,)
    names = {module.blob_name(third, ending) for ending in (".safetensors", ".json", ".state")}
    assert blobs_in(store).names("one", anew=True) == names
    save_checkpoint(store.run_folder("one"), WEIGHTS, TrainConfig(), epoch=9, step=9)
    sweep_blobs(store, blobs_in(store))
    assert blobs_in(store).names("one", anew=True) == names
    assert len(watched.free) > 4
    assert all(watched.free)


@in_a_folder
def test_what_an_interrupted_run_will_write_again_stays(store: Store) -> None:
    saved(store, "one")
    store.update(replace(make_run("one"), status="interrupted", step=1, epoch=1))
    save_checkpoint(store.run_folder("one"), WEIGHTS, TrainConfig(), epoch=2, step=2)
    before = blobs_in(store).names("one", anew=True)
    sweep_blobs(store, blobs_in(store))
    assert blobs_in(store).names("one", anew=True) == before
    store.update(replace(make_run("one"), status="stopped", step=1, epoch=1))
    sweep_blobs(store, blobs_in(store))
    assert len(blobs_in(store).names("one", anew=True)) == 3


@in_a_folder
def test_room_here_is_made_without_a_word_to_the_store(
    store: Store, url: str, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that began before there was one: its first weights lie here."""
    monkeypatch.delenv("DLLAB_BLOBS")
    first, second = saved(store, "one", epochs=2)
    keep_newest_state([first, second])
    monkeypatch.setenv("DLLAB_BLOBS", url)
    folder, weights = store.run_folder("one"), build_model("FastCNN", seed=3).state_dict()
    third, fourth = (
        save_checkpoint(folder, weights, TrainConfig(), epoch=epoch, step=epoch, state=STATE)
        for epoch in (3, 4)
    )
    store.record("one", [], [third, fourth])
    watched.free.clear()
    assert store.thin_out("one", only_here=True) > 0
    assert watched.free == []
    assert known(store, "one").checkpoints == (second, third, fourth)
    assert is_there(second)
    assert not first.path.exists()


def test_a_zip_has_weights_from_there(store: Store, tmp_path: Path) -> None:
    (checkpoint,) = saved(store, "one")
    forget_here(store)
    (tmp_path / "zip").write_bytes(archive(known(store, "one")))
    shutil.unpack_archive(tmp_path / "zip", tmp_path / "out", "zip")
    names = sorted(path.name for path in (tmp_path / "out" / "checkpoints").iterdir())
    assert names == [checkpoint.path.with_suffix(".json").name, checkpoint.path.name]


# --- The room here ----------------------------------------------------------------------------------


@in_a_folder
def test_copies_here_go_first_and_no_run_for_them(store: Store) -> None:
    one, two = saved(store, "one", epochs=2)
    copies = blobs_in(store).cache.folder
    size = (copies / one.digest).stat().st_size
    os.utime(copies / one.digest, (2e9, 2e9))  # used last
    used = kept_bytes(store.folder)
    assert make_room(store, used + size + size // 2) == used
    assert {path.name for path in copies.iterdir()} >= {one.digest}
    assert not (copies / two.digest).exists()
    make_room(store, 1)
    assert list(copies.iterdir()) == []
    assert known(store, "one").checkpoints == (one, two)
    load_weights(two)


@in_a_folder
def test_a_database_that_was_lost_gets_runs_back_with_their_blobs(store: Store, tmp_path: Path) -> None:
    checkpoints = saved(store, "one", epochs=2)
    store.settle("one")
    store.close()
    for file in tmp_path.glob("runs.sqlite*"):
        file.unlink()
    with closing(Store(tmp_path)) as again:
        assert "1 run was not in the record of all runs" in again.notice
        assert known(again, "one").checkpoints == tuple(checkpoints)


@in_a_folder
def test_what_a_lost_process_had_not_recorded_is_taken_in(store: Store, tmp_path: Path) -> None:
    store.create(make_run("one"))
    folder = store.run_folder("one")
    checkpoint = save_checkpoint(folder, WEIGHTS, TrainConfig(), epoch=1, step=430, state=STATE)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET heartbeat = 0, pid_since = 1")
    store.close()
    with closing(Store(tmp_path)) as again:
        assert known(again, "one").checkpoints == (checkpoint,)
        assert known(again, "one").status == "interrupted"


# --- What can be wrong ------------------------------------------------------------------------------

URLS = {
    "bucket/prefix": r"it is no URL\): write it like s3://bucket/prefix",
    f"nosuch://anna:{SECRET}@host/x": r"nosuch: Protocol not known: nosuch\): write it like s3://",
    "file:///nowhere/at/all": r"No such file or directory\): make that bucket or folder",
    "s3://": r"names no bucket|requirements-cluster",
    "gs://bucket/x": r'install it by pip install "fsspec\[gs\]"',
}


@pytest.mark.parametrize("url", URLS)
def test_it_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    monkeypatch.setenv("DLLAB_BLOBS", url)
    with pytest.raises(StoreError, match=SENTENCE) as caught:
        Store(tmp_path)
    assert caught.match(URLS[url])
    assert SECRET not in str(caught.value)
    assert not (tmp_path / "runs.sqlite").exists()


@pytest.mark.parametrize("lacking", ["fsspec.core", "s3fs"])
def test_a_missing_package_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lacking: str
) -> None:
    monkeypatch.setitem(sys.modules, lacking, None)  # as if it were not there, where it is
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    monkeypatch.setenv("DLLAB_BLOBS", "s3://bucket/prefix")
    with pytest.raises(StoreError, match=SENTENCE) as caught:
        Store(tmp_path)
    assert caught.match(r": install it by pip install -r requirements-cluster\.txt, or name another\.$")
    assert caught.match(lacking.split(".")[0])


@pytest.mark.parametrize("url", ["s3"], indirect=True)
def test_bucket_credentials_and_host_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, s3_server: S3
) -> None:
    def said(**variables: str) -> str:
        module._opened.cache_clear()
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(StoreError, match=SENTENCE) as caught:
                Store(tmp_path)
        return str(caught.value)

    assert "(The specified bucket does not exist): make that bucket" in said(DLLAB_BLOBS="s3://nobucket/x")
    host = said(AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert 'endpoint URL: "127.0.0.1:1"): see that its host runs and can be reached' in host
    s3_server.check_credentials(True)
    try:
        assert "mend the credentials" in said()
    finally:
        s3_server.check_credentials(False)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A very small file system for blobs. Only root may make one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can make a small disk")
    monkeypatch.setenv("DLLAB_BLOBS", f"file://{place}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_store_is_said_and_can_still_be_opened(small_disk: Path, tmp_path: Path) -> None:
    large = {"all": torch.zeros(500_000)}
    with closing(Store(tmp_path)) as store:
        with pytest.raises(BlobError, match=r"\(No space left on device\): free some room in it"):
            save_checkpoint(store.run_folder("one"), large, TrainConfig(), epoch=1, step=1)
        assert not list(small_disk.rglob("*.part"))
    (small_disk / "lab").unlink()
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)) == 4096 and shutil.disk_usage(small_disk).free:
            continue
    module._opened.cache_clear()
    with closing(Store(tmp_path)) as store:
        assert "free some room" in blobs_in(store).trouble


@in_a_folder
def test_while_the_store_is_away_nothing_is_taken_for_gone(store: Store, tmp_path: Path) -> None:
    first, second = saved(store, "one", epochs=2)
    away = (tmp_path / "elsewhere").rename(tmp_path / "away")
    blobs = blobs_in(store)

    blobs._names.clear()
    with pytest.raises(BlobError, match="make that bucket or folder"):
        where_to_go_on(known(store, "one"))
    keep_newest_state([first, second])
    delete_checkpoints([first])
    assert blobs.untidy == {"one"}
    assert is_there(second), "it is here too"
    assert not has_state(second)
    forget_here(store)
    blobs._again = 0.0
    with pytest.raises(BlobError, match="make that bucket or folder"):
        load_weights(second)
    away.rename(tmp_path / "elsewhere")
    blobs._again = 0.0
    house = BlobHouse(store, blobs)
    house.keep()
    assert blobs.trouble == ""
    house.keep()
    assert blobs.untidy == set()
    assert (has_state(first), has_state(second)) == (False, True)


def test_without_it_nobody_loads_fsspec() -> None:
    names: Callable[[str], set[str]] = loaded_by
    loaded = names("import dlcore.runs.storage.store, dlcore.runs.storage.checkpoint_files")
    assert "dlcore.runs.storage.blobs" in loaded
    assert loaded.isdisjoint({"fsspec", "s3fs", "dlcore.runs.storage.blob_address"})
