"""Several processes that open the same new place at the same moment: one makes the tables, all go on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from dlcore.runs.storage.private import private_file
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.storage.test_store import make_run
from tests.forks import Forked, Forks

PROCESSES = 4
PLACES = 8
OPEN = """
import sys
from pathlib import Path
from dlcore.errors import StoreError
from dlcore.runs.storage.private import private_file
from dlcore.runs.storage.store import Store
print("ready", flush=True)
for line in sys.stdin:
    try:
        store = Store(Path(line.strip()))
        said = store.notice or len(store.runs_of("nobody"))
        store.close()
    except StoreError as error:
        said = error
    print(said, flush=True)
"""


@contextmanager
def processes(forks: Forks, environment: Mapping[str, str]) -> Iterator[list[Forked]]:
    """Each opens a store in the folder of every line that it is sent, and says what it found."""
    started = [forks.python("-c", OPEN, environment=environment) for _ in range(PROCESSES)]
    for process in started:
        assert process.stdout.readline() == b"ready\n"
    yield started
    for process in started:
        process.stdin.close()
    assert [process.wait() for process in started] == [0] * PROCESSES
    for process in started:
        process.stdout.close()


def open_at_once(started: Sequence[Forked], folder: Path) -> list[str]:
    for process in started:
        process.stdin.write(f"{folder}\n".encode())
        process.stdin.flush()
    return [process.stdout.readline().decode() for process in started]


@pytest.mark.own_database
def test_the_first_starts_may_come_at_the_same_moment(
    tmp_path: Path, forks: Forks, python_environment: dict[str, str]
) -> None:
    with processes(forks, python_environment) as started:
        for number in range(PLACES):
            folder = tmp_path / "new" / str(number)
            assert open_at_once(started, folder) == ["0\n"] * PROCESSES
            names = {path.name for path in folder.iterdir()}  # a journal may stay when two close at once
            assert names <= {"runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"}
    store = Store(folder)
    store.create(make_run())
    assert store.get("one") == make_run()
    store.close()


def test_on_a_server_too(
    tmp_path: Path, schema: str, forks: Forks, python_environment: dict[str, str]
) -> None:
    with processes(forks, python_environment | {"DLLAB_DATABASE_URL": schema}) as started:
        assert open_at_once(started, tmp_path) == ["0\n"] * PROCESSES


@pytest.mark.own_database
@pytest.mark.parametrize(
    "name",
    ["what?", "100%", "a%20b", "#1", "two words", "dïgits 数字 ✎", 'it\'s "quoted"', "a&b=c;d", "user:p@ss"],
)
def test_the_database_lies_in_its_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    store = Store(folder)
    store.create(make_run())
    store.close()
    assert {path.name for path in tmp_path.iterdir()} == {name}
    assert sorted(path.name for path in folder.iterdir()) == ["runs", "runs.sqlite"]
    store = Store(folder)
    assert store.get("one") == make_run()
    store.close()


@pytest.mark.own_database
def test_a_file_that_was_made_meanwhile_is_not_emptied(tmp_path: Path) -> None:
    """Whoever comes second, having found no file, must leave the first one's tables as they are."""
    store = Store(tmp_path)
    store.create(make_run())
    private_file(tmp_path / "runs.sqlite")
    assert store.get("one") == make_run()
    assert os.stat(tmp_path / "runs.sqlite").st_mode & 0o077 == 0
    store.close()
