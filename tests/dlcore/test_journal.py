"""Events are lines of words and numbers, in files that stay small and belong to one account."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlcore import journal
from dlcore.journal import FILES, FOLDER, close_journal, event, file_of, last_lines, open_journal

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [a-z ]+( \w+=[\w./+-]+)*")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    handler = open_journal(tmp_path)
    yield tmp_path
    close_journal(handler)


def test_an_event_is_one_line_whatever_its_facts_are(folder: Path) -> None:
    event("run ended", kind="mnist", seconds=7.1234, steps=188)
    event("page error", id="a\nb <script>Ada Lovelace", kind="")
    first, second = last_lines(folder, 9)[::-1]
    assert first.endswith("Z run ended kind=mnist seconds=7.12 steps=188")
    assert second.endswith("page error id=a-b--script-Ada-Lovelace kind=-")
    assert LINE.fullmatch(first)
    assert LINE.fullmatch(second)


def test_it_begins_anew_before_it_is_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (handler,) = (h for h in journal._log.handlers if isinstance(h, journal._Private))
    monkeypatch.setattr(handler, "maxBytes", 2_000)
    for number in range(500):
        event("slow", number=number)
    files = sorted((folder / FOLDER).iterdir())
    assert len(files) == FILES + 1
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert last_lines(folder, 1)[0].endswith("number=499")
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_it_goes_on_in_a_folder_that_vanished_and_came_back(
    folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    event("before")
    shutil.rmtree(folder)
    for _ in range(3):
        event("lost")
    assert [
        record.message.partition(":")[0] for record in caplog.records if record.levelname == "WARNING"
    ] == ["Events are not written down at the moment"], "said once"
    folder.mkdir()
    for number in range(3):
        event("after", number=number)
    assert [line.split("Z ")[1] for line in last_lines(folder, 9)] == [f"after number={n}" for n in (2, 1, 0)]
    shutil.rmtree(folder)
    event("lost again")
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 2, "said anew"
    assert "Traceback" not in capfd.readouterr().err


def test_it_goes_on_when_somebody_deletes_the_file(folder: Path) -> None:
    event("before")
    (folder / FOLDER / journal.FILE).unlink()
    event("after")
    assert len(last_lines(folder, 9)) == 1


def test_without_a_journal_nothing_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    event("lab started")
    assert last_lines(tmp_path, 9) == []
    assert capfd.readouterr() == ("", "")


def test_each_of_several_servers_has_a_file_of_its_own(tmp_path: Path) -> None:
    for machine in ("lab-1", "lab-2", "../odd name"):
        handler = open_journal(tmp_path, file_of(machine))
        event("lab started", machine=machine)
        close_journal(handler)
    assert last_lines(tmp_path, 9) == []
    assert len(last_lines(tmp_path, 9, file_of("lab-2"))) == 1
    assert len(list((tmp_path / FOLDER).iterdir())) == 3
