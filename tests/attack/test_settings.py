"""A setting that makes no sense is said in a sentence at the start, and the lab works."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlcore.errors import ConfigError, StoreError
from dlcore.runs.storage.disk import USUAL_LIMIT, limit_bytes
from tests.waiting import wait_until
from ui import services


@pytest.fixture(autouse=True)
def _afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(services, "_stopped", False)
    services.stop()
    yield
    services.stop()


ODD = ["abc", "", "nan", "inf", "-1", "0", "4 GB", "1e999"]


@pytest.mark.parametrize("given", ODD)
def test_an_odd_limit_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DLLAB_DATA_GB", given)
    with pytest.raises(ConfigError, match=r"^DLLAB_DATA_GB must be a number of gigabytes\. Got '"):
        limit_bytes()


@pytest.mark.parametrize("given", ["abc", "-1"])
def test_an_odd_limit_is_said_and_the_usual_one_holds(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DLLAB_DATA_GB", given)
    runner = services.start().runner
    assert services.notices() == [
        f"DLLAB_DATA_GB must be a number of gigabytes. Got {given!r} instead. "
        "Until the lab is started with one, 4 GB hold."
    ]
    assert runner.limit_bytes == USUAL_LIMIT
    runner.keep_house()
    wait_until(lambda: runner.used_bytes > 0, "it has looked, or another thread has")


@pytest.mark.parametrize(
    ("url", "way_out"),
    [
        ("no url", "write it like postgresql+psycopg://user:password@host/name, whose driver is psycopg"),
        ("sqlite:////nowhere/at/all.sqlite", "let its folder be there, and writable"),
        ("nosuchdatabase://host/name", "install its driver, or write postgresql+psycopg://"),
        ("mysql://host/name", 'install its driver by pip install "mysqlclient"'),
    ],
)
def test_a_database_that_cannot_be_used_is_said_and_the_lab_works(
    monkeypatch: pytest.MonkeyPatch, url: str, way_out: str
) -> None:
    monkeypatch.setenv("DLLAB_DATABASE_URL", url)
    store = services.start().store
    (sentence,) = services.notices()
    assert sentence.startswith(
        "Runs are not kept beyond this start of the lab. The database of DLLAB_DATABASE"
    )
    assert way_out in sentence
    assert sentence.endswith(", or name another.")
    assert store.runs_of("anna") == []


@pytest.mark.parametrize(
    ("url", "way_out"),
    [
        ("bucket/prefix", "write it like s3://bucket/prefix"),
        ("nosuchstore://bucket/prefix", "write it like s3://bucket/prefix"),
        ("file:///nowhere/at/all", "make that bucket or folder"),
        ("s3://", ""),
    ],
)
def test_a_store_of_weights_that_cannot_be_used_is_said_and_the_lab_works(
    monkeypatch: pytest.MonkeyPatch, url: str, way_out: str
) -> None:
    monkeypatch.setenv("DLLAB_BLOBS", url)
    store = services.start().store
    (sentence,) = services.notices()
    assert sentence.startswith("Runs are not kept beyond this start of the lab. The weights' store of DLLAB")
    assert way_out in sentence
    assert sentence.endswith(", or name another.")
    assert store.blobs is None
    assert store.runs_of("anna") == []


def test_a_folder_that_cannot_be_used_is_said_and_the_lab_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DLLAB_DATA_DIR", str(tmp_path / "file" / "inside"))
    store = services.start().store
    (sentence,) = services.notices()
    assert sentence.startswith("Runs are not kept beyond this start of the lab. The data folder ")
    assert store.runs_of("anna") == []


def test_runs_that_are_not_kept_go_with_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "passing").mkdir()
    monkeypatch.setenv("DLLAB_DATA_DIR", str(tmp_path / "file" / "inside"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "passing"))
    folder = services.start().store.folder
    assert folder.parent == tmp_path / "passing"
    assert any(folder.iterdir())
    services.stop()
    assert not folder.exists()


def test_runs_that_are_kept_stay_at_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DLLAB_DATA_DIR", str(tmp_path / "data"))
    services.start()
    services.stop()
    assert any((tmp_path / "data").iterdir())


def test_a_page_that_is_drawn_while_the_lab_ends_begins_nothing_anew() -> None:
    services.start()
    services.stop()
    for asked in (services.runner, services.store, services.tasks, services.notices):
        with pytest.raises(StoreError, match=r"^The lab is ending: open it again in a minute\.$"):
            asked()
    assert services.running() is None
    assert services.start() is services.running()
    assert services.runner() is services.start().runner
