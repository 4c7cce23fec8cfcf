"""A run that another process has under way: its page shows it, and whose it is when one would stop it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psutil
import pytest

from dlcore.run import Run
from dlcore.runs.storage.holding import born
from dlcore.runs.storage.rows import LOCAL_OWNER
from tests.attack.stored import begin
from ui import services, state

OpenPage = Callable[..., Any]


@pytest.fixture
def other() -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.communicate(b"\n")


@pytest.fixture(params=[("test_held", "another lab"), (LOCAL_OWNER, "a command")], ids=["lab", "command"])
def held(
    request: pytest.FixtureRequest,
    lab: services.Services,
    other: psutil.Process,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Run, str]]:
    """A run of that process, and the sentence. At the machine itself one has the command line's runs too."""
    monkeypatch.setattr(state, "at_the_machine", lambda: True)
    monkeypatch.setattr("dlcore.runs.storage.reader.STALE_SECONDS", 3600.0)  # nobody beats for it here
    owner, whose = request.param
    run = begin(lab.store, owner=owner)
    with closing(sqlite3.connect(lab.store.folder / "runs.sqlite")) as database:
        database.execute(
            "UPDATE runs SET pid = ?, pid_since = ?, lease = '' WHERE id = ?",
            (other.pid, born(other.pid), run.id),
        )
        database.commit()
    yield run, f"This run belongs to {whose} on this computer, process {other.pid}: stop it there."
    lab.store.delete(run.id)


@pytest.mark.parametrize("button", ["stop", "pause"])
def test_its_training_page_says_whose_it_is(open_page: OpenPage, held: tuple[Run, str], button: str) -> None:
    run, sentence = held
    page = open_page("mnist/train.py", owner="test_held", run=run.id)
    assert not page.sentences
    page.click(f"mnist_train__{button}")
    assert page.sentences == [sentence]


def test_the_page_of_runs_offers_no_way_to_delete_it(open_page: OpenPage, held: tuple[Run, str]) -> None:
    run, _ = held
    page = open_page("runs.py", owner="test_held", runs__pinned=run.id)
    assert "Training: step 0 of" in page.words
    assert f"runs__delete_{run.id}" not in {button.key for button in page.at.button}
