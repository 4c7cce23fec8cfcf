"""Events are lines of words and numbers, in files that stay small and belong to one account."""

from __future__ import annotations

import logging
import os
import re
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlcore import journal
from dlcore.journal import FILES, FOLDER, close_journal, event, file_of, last_lines, open_journal
from tests.waiting import DEADLINE_SECONDS

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [a-z ]+( \w+=[\w./+-]+)*")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    handler = open_journal(tmp_path)
    yield tmp_path
    close_journal(handler)


def behind() -> journal._Behind:
    (handler,) = (h for h in journal._log.handlers if isinstance(h, journal._Behind))
    return handler


def written() -> None:
    """All lines so far are in the file, or it was said that they cannot be."""
    behind()._lines.join()


class Hanging:
    """A disk that does not answer before it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._emit = behind()._file.emit
        monkeypatch.setattr(behind()._file, "emit", self.emit)

    def emit(self, record: logging.LogRecord) -> None:
        self.reached.set()
        assert self.let_go.wait(DEADLINE_SECONDS)
        self._emit(record)


@pytest.fixture
def hanging(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    found = Hanging(monkeypatch)
    yield found
    found.let_go.set()


def test_an_event_is_one_line_whatever_its_facts_are(folder: Path) -> None:
    event("run ended", kind="mnist", seconds=7.1234, steps=188)
    event("page error", id="a\nb <script>Ada Lovelace", kind="")
    written()
    first, second = last_lines(folder, 9)[::-1]
    assert first.endswith("Z run ended kind=mnist seconds=7.12 steps=188")
    assert second.endswith("page error id=a-b--script-Ada-Lovelace kind=-")
    assert LINE.fullmatch(first)
    assert LINE.fullmatch(second)


def test_it_begins_anew_before_it_is_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behind()._file, "maxBytes", 2_000)
    for number in range(500):
        event("slow", number=number)
    written()
    files = sorted((folder / FOLDER).iterdir())
    assert len(files) == FILES + 1
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert last_lines(folder, 1)[0].endswith("number=499")
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_it_goes_on_in_a_folder_that_vanished_and_came_back(
    folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    event("before")
    written()
    shutil.rmtree(folder)
    for _ in range(3):
        event("lost")
    written()
    assert [
        record.message.partition(":")[0] for record in caplog.records if record.levelname == "WARNING"
    ] == ["Events are not written down at the moment"], "said once"
    folder.mkdir()
    for number in range(3):
        event("after", number=number)
    written()
    assert [line.split("Z ")[1] for line in last_lines(folder, 9)] == [f"after number={n}" for n in (2, 1, 0)]
    shutil.rmtree(folder)
    event("lost again")
    written()
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 2, "said anew"
    assert "Traceback" not in capfd.readouterr().err


def test_it_goes_on_when_somebody_deletes_the_file(folder: Path) -> None:
    event("before")
    written()
    (folder / FOLDER / journal.FILE).unlink()
    event("after")
    written()
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


def test_who_tells_of_an_event_waits_for_no_disk(folder: Path, hanging: Hanging) -> None:
    for number in range(3):
        event("slow", number=number)
    assert hanging.reached.wait(DEADLINE_SECONDS)
    assert last_lines(folder, 9) == [], "it hangs still"
    hanging.let_go.set()
    close_journal(behind())
    assert [line.split("=")[1] for line in last_lines(folder, 9)] == ["2", "1", "0"], "the last one too"


def test_what_finds_no_room_is_counted_in_the_next_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "WAITING", 2)
    handler, hanging = open_journal(tmp_path), Hanging(monkeypatch)
    event("slow", number=0)
    assert hanging.reached.wait(DEADLINE_SECONDS)  # the first is in its hands, two wait
    for number in range(1, 6):
        event("slow", number=number)
    hanging.let_go.set()
    written()
    for number in (6, 7):
        event("slow", number=number)
    close_journal(handler)
    told = [line.partition("number=")[2] for line in last_lines(tmp_path, 9)[::-1]]
    assert told == ["0", "1", "2", "6 lost=3", "7"]


def test_the_end_waits_for_no_disk_that_never_answers(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ENDING_SECONDS", 0.0)
    event("lab stopped")
    assert hanging.reached.wait(DEADLINE_SECONDS)
    handler = behind()
    close_journal(handler)
    assert handler._writer.is_alive(), "it hangs still"


def test_a_file_that_cannot_even_be_closed_is_begun_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event("before")
    written()
    stream = behind()._file.stream
    assert stream is not None
    close = stream.close

    def fail() -> None:
        close()
        raise OSError("No space left on device")

    monkeypatch.setattr(stream, "close", fail)
    (folder / FOLDER / journal.FILE).unlink()
    event("after")
    written()
    assert len(last_lines(folder, 9)) == 1


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[journal._Private]]:
    """Of two servers on one folder."""
    place = tmp_path / FOLDER / journal.FILE
    handlers = [journal._Private(place, maxBytes=20, backupCount=FILES, encoding="utf-8") for _ in range(2)]
    yield handlers
    for handler in handlers:
        handler.close()


def test_two_servers_that_find_one_file_large_begin_it_anew_once(
    two: list[journal._Private], tmp_path: Path
) -> None:
    for number, handler in enumerate(two):
        handler.emit(logging.makeLogRecord({"msg": f"line {number}"}))
    full = (tmp_path / FOLDER / journal.FILE).read_text()
    for handler in two:  # each has looked before the other did it
        handler.doRollover()
    assert {path.name: path.read_text() for path in (tmp_path / FOLDER).iterdir()} == {
        journal.FILE: "",
        f"{journal.FILE}.1": full,
    }
    for number, handler in enumerate(two):
        handler.emit(logging.makeLogRecord({"msg": f"{number}"}))
    assert last_lines(tmp_path, 9) == ["1", "0"], "both go on in the new one"


def test_one_server_at_a_time_begins_a_file_anew(
    two: list[journal._Private], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="elsewhere no file is renamed that another has open")
    rename, tried = os.rename, []

    def renamed(source: str, dest: str) -> None:
        place = os.open(tmp_path / FOLDER, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(place)
        tried.append(dest)
        rename(source, dest)

    monkeypatch.setattr(os, "rename", renamed)
    two[0].doRollover()
    assert [Path(dest).name for dest in tried] == [f"{journal.FILE}.1"]
    monkeypatch.undo()
    two[1].emit(logging.makeLogRecord({"msg": "on"}))
    assert last_lines(tmp_path, 9) == ["on"], "it was let go"


def test_while_another_server_begins_it_anew_a_line_goes_into_the_file_as_it_is(
    two: list[journal._Private], tmp_path: Path
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="elsewhere no file is renamed that another has open")
    place = os.open(tmp_path / FOLDER, os.O_RDONLY)
    fcntl.flock(place, fcntl.LOCK_EX)
    two[0].doRollover()
    os.close(place)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [journal.FILE]
