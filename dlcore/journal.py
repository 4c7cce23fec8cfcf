"""What happened, one line an event, in files that begin anew before they are large. No names, no owners.

`event("run ended", kind="mnist", status="finished")` is the line
`2026-11-28T10:15:02Z run ended kind=mnist status=finished`. Without an open journal it goes nowhere. A thread
of the journal's own writes it: a disk may hang for ever, and whoever tells of an event waits for none.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import QueueHandler, RotatingFileHandler
from pathlib import Path
from queue import Full, Queue
from threading import Thread

if sys.platform != "win32":
    import fcntl

FOLDER, FILE = "logs", "lab.log"
BYTES, FILES = 1_000_000, 3  # of one file; older ones that are kept beside it
USABLE = re.compile(r"[^\w./+-]")
LETTERS = 60  # of a fact
WAITING = 1000  # lines, while the disk does not answer
ENDING_SECONDS = 5.0  # that the end waits for a disk

log = logging.getLogger(__name__)
_log = logging.getLogger("dllab.journal")
_log.propagate = False
_log.setLevel(logging.INFO)
_log.addHandler(logging.NullHandler())


def event(what: str, **facts: str | int | float) -> None:
    """Write it down. A fact is a word or a number: what a line cannot hold becomes a dash."""
    _log.info("%s%s", what, "".join(f" {name}={_said(value)}" for name, value in facts.items()))


def _said(value: str | int | float) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return USABLE.sub("-", text)[:LETTERS] or "-"


class _Private(RotatingFileHandler):
    """For this account alone, each file of it. One that has vanished, with its folder, is begun anew."""

    _failing = _said = False  # now, and was it said already when the last event came?

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()

    def emit(self, record: logging.LogRecord) -> None:
        self._said, self._failing = self._failing, False
        if self.stream is not None and not self._is_there(self.stream):
            with suppress(OSError):  # what it still held is lost with it
                self.stream.close()
            self.stream = None  # it is opened anew, or that it cannot be is said
        super().emit(record)

    def _is_there(self, stream: TextIOWrapper) -> bool:
        try:
            return os.path.samestat(os.stat(self.baseFilename), os.fstat(stream.fileno()))
        except (OSError, ValueError):
            return False

    def doRollover(self) -> None:
        """Another server on this folder may just have done it: this line then goes into the file before."""
        with _alone(Path(self.baseFilename).parent) as alone:
            if alone and self.stream is not None and self._is_there(self.stream):
                super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:
        """Once, and in a sentence: the folder may stay away for hours."""
        if not self._said:
            log.warning("Events are not written down at the moment: %s cannot be written.", self.baseFilename)
        self._failing = True


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Is no other server within for this folder? Without locks, as on some network drives, it seems so."""
    if sys.platform == "win32":  # which renames no file that another server has open
        yield True
        return
    place, alone = os.open(folder, os.O_RDONLY), True
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        except OSError:
            log.debug("%s has no locks", folder)
        yield alone
    finally:
        os.close(place)


class _Behind(QueueHandler):
    """Has its lines written by a thread. What finds no room is counted, and the next line says so."""

    def __init__(self, file: _Private) -> None:
        self._lines: Queue[logging.LogRecord | None] = Queue(WAITING)
        super().__init__(self._lines)
        self._file, self._lost = file, 0
        self._writer = Thread(target=self._write, daemon=True)
        self._writer.start()

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._lost:
            record.msg = f"{record.msg} lost={self._lost}"
        try:
            self._lines.put_nowait(record)
            self._lost = 0
        except Full:
            self._lost += 1

    def _write(self) -> None:
        while (record := self._lines.get()) is not None:
            self._file.handle(record)
            self._lines.task_done()
        self._file.close()

    def close(self) -> None:
        """Whatever waits is written first, unless the disk takes too long."""
        until = time.monotonic() + ENDING_SECONDS
        if self._writer.is_alive():
            with suppress(Full):
                self._lines.put(None, timeout=ENDING_SECONDS)
            self._writer.join(max(0.0, until - time.monotonic()))
        super().close()


def file_of(machine: str) -> str:
    """Of one server among several that share a data folder: each begins its own anew."""
    return f"lab-{_said(machine)}.log".replace("/", "-")


def open_journal(folder: Path, file: str = FILE) -> logging.Handler:
    """From now on events are written there. Raises OSError if they cannot be."""
    private = _Private(folder / FOLDER / file, maxBytes=BYTES, backupCount=FILES, encoding="utf-8")
    lines = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    lines.converter = time.gmtime
    private.setFormatter(lines)
    handler = _Behind(private)
    _log.addHandler(handler)
    return handler


def close_journal(handler: logging.Handler) -> None:
    """The last line is in its file then, if the disk answers."""
    _log.removeHandler(handler)
    handler.close()


def last_lines(folder: Path, most: int, file: str = FILE) -> list[str]:
    """The newest events, the latest first; none where there is no journal."""
    try:
        text = (folder / FOLDER / file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-most:][::-1]
