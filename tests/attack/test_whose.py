"""A run that another process has under way is not to be touched here: the sentence says whose it is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from dlcore.errors import RunError
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage.holding import born
from dlcore.runs.storage.store import Store
from tests.attack.stored import begin
from tests.dlcore.runs.fakes import Pool


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    with closing(Store(tmp_path)) as store:
        runner = Runner(store, pool=Pool(), cores=1)
        yield runner
        runner.close()


@pytest.fixture
def other() -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.communicate(b"\n")


@pytest.mark.parametrize(("owner", "whose"), [("local", "a command"), ("anna", "another lab")])
@pytest.mark.parametrize("action", ["stop", "pause", "resume", "delete"])
def test_it_says_whose_run_it_is(
    runner: Runner, other: psutil.Process, owner: str, whose: str, action: Any
) -> None:
    run = begin(runner.store, owner=owner)
    with closing(sqlite3.connect(runner.store.folder / "runs.sqlite")) as database:
        database.execute("UPDATE runs SET pid = ?, pid_since = ?", (other.pid, born(other.pid)))
        database.commit()
    sentence = rf"^This run belongs to {whose} on this computer, process {other.pid}: stop it there\.$"
    touch = partial(runner.control, control=Control(action)) if action != "delete" else runner.delete
    with pytest.raises(RunError, match=sentence):
        touch(run.id)
    assert runner.get(run.id) == run
