"""No other account of the machine can read what the lab keeps, whoever wrote it, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.runs.storage.kept import Kept
from dlcore.runs.storage.private import make_private
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.attack.stored import finished
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forks
from tests.waiting import DEADLINE_SECONDS

ROOT = Path(__file__).parents[2]
TINY = TrainConfig(train_size=100, val_size=0, epochs=1, batch_size=50, device="cpu")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    before = os.umask(0)  # the workers, too, have a loose one
    forks = Forks()
    os.umask(before)
    yield forks
    forks.close()


@pytest.fixture(autouse=True)
def _loose_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    everything = [folder, *folder.rglob("*")]
    assert len(everything) > 3
    modes = {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in everything}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


def test_what_the_server_and_its_workers_write_is_private(
    tmp_path: Path, forks: Forks, wait_until: WaitUntil
) -> None:
    folder = tmp_path / "data"
    lab = Lab.start(folder, wait_until, forks.pool())
    run_id = lab.submit(TINY)
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", "it finishes")
    lab.runner._writer.flush(DEADLINE_SECONDS)  # its files come after its row
    lab.runner.store.code_of("anna")
    Kept(folder / "exports").keep(b"an export")
    assert open_to_others(folder) == {}, "while it is open"
    assert stat.S_IMODE((folder / "runs.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "runs.sqlite-wal").stat().st_mode) == 0o600
    lab.close()
    assert open_to_others(folder) == {}


def test_what_a_command_writes_is_private(tmp_path: Path, python_environment: dict[str, str]) -> None:
    folder = tmp_path / "data"
    settings = ["--train-size", "200", "--epochs", "1", "--hidden", "2"]
    subprocess.run(
        [sys.executable, "-m", "dlcore", "black-patch", "train", *settings],
        cwd=ROOT,
        env=python_environment | {"DLLAB_DATA_DIR": str(folder)},
        umask=0,
        check=True,
        capture_output=True,
        timeout=300,
    )
    assert list(folder.glob("runs/*/run.json"))
    assert open_to_others(folder) == {}


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with closing(Store(folder)) as store:
        finished(store)
    Kept(folder / "exports").keep(b"an export")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    with closing(Store(folder)):
        assert open_to_others(folder) == {}


def test_one_folder_left_open_below_a_closed_one_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with closing(Store(folder)) as store:
        run = finished(store)
    run_folder = folder / "runs" / run.id
    (run_folder / "run.json").chmod(0o644)
    run_folder.chmod(0o755)
    with closing(Store(folder)):
        assert open_to_others(folder) == {}


def loosen(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_one_file_that_cannot_be_closed_leaves_nothing_else_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It belongs to another account, say."""
    folder = tmp_path / "data"
    with closing(Store(folder)) as store:
        runs = [store.run_folder(finished(store).id) for _ in range(3)]
    stubborn = runs[1] / "run.json"
    loosen(folder)
    chmod, closed = Path.chmod, []

    def guarded(path: Path, mode: int) -> None:
        if path == stubborn:
            raise PermissionError(1, "Operation not permitted", str(path))
        chmod(path, mode)
        closed.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", guarded)
        make_private(folder)
    assert closed[0] == folder, "first: nobody gets past it to the rest"
    assert open_to_others(folder) == {str(stubborn.relative_to(folder)): oct(0o644)}
    assert f"1 files or folders stay open to other accounts of this machine, among them {stubborn}" in (
        caplog.text
    )


def test_a_data_folder_that_cannot_be_closed_is_closed_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    with closing(Store(folder)) as store:
        finished(store)
    loosen(folder)
    chmod = Path.chmod

    def guarded(path: Path, mode: int) -> None:
        if path == folder:
            raise PermissionError(1, "Operation not permitted", str(path))
        chmod(path, mode)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", guarded)
        make_private(folder)
    assert open_to_others(folder) == {".": oct(0o755)}


def test_what_is_put_aside_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "runs.sqlite").write_bytes(b"no database" * 100)
    (folder / "runs" / "one").mkdir(parents=True)
    (folder / "runs" / "one" / "weights").write_bytes(b"?")
    with closing(Store(folder)):
        assert list(folder.glob("damaged-*/runs/one/weights"))
        assert open_to_others(folder) == {}
