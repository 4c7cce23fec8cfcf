"""A database file that is damaged: how that is found out, and where it is put out of the way."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

DATABASE = "runs.sqlite"
ASIDE = "damaged-"  # begins the name of a folder of what was put aside
JOURNALS = (f"{DATABASE}-wal", f"{DATABASE}-shm")
# SQLite's own words for a file that is held, missing or closed to us: not damaged. All else is.
SOUND = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_PROTOCOL,
}


def damage(file: Path) -> str:
    """What is wrong with a database file; "" if nothing is, or there is none."""
    if not file.exists():
        return ""
    try:
        with closing(sqlite3.connect(file, timeout=5.0)) as connection:
            connection.text_factory = bytes
            return _fault(connection)
    except sqlite3.Error as error:
        return str(error) if tells_damage(error, file) else ""


def _fault(connection: sqlite3.Connection) -> str:
    # With the indexes, by which rows are found: a second for a million measured numbers.
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != b"ok":
        return str(found.decode(errors="replace"))
    connection.execute("BEGIN IMMEDIATE")  # a damaged header may forbid writing
    connection.execute("ROLLBACK")
    return ""


def tells_damage(error: BaseException | None, file: Path) -> bool:
    """Does this error say that the file is no sound database?"""
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN)
    if code & 0xFF == sqlite3.SQLITE_READONLY:
        return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    return code == sqlite3.SQLITE_IOERR_SHORT_READ or code & 0xFF not in SOUND


def tells_broken(error: BaseException | None) -> bool:
    """Does this error say that a file that was opened as a sound database is none any more?

    Any other may come of a statement, of a disk or of whoever holds the file: a sound one has them, too.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def tells_odds(error: BaseException | None) -> bool:
    """Does this error say that a statement does not fit the tables: a column twice, or none?"""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def empty_journal(file: Path, timeout: float = 0.5) -> bool:
    """Bring all that is committed from the journal into the database itself; False if a reader is in the way.

    What is left in a journal is read again at the next start; if it is damaged or missing by then, the
    database goes back to where it stood before, without a word.
    """
    try:
        with closing(sqlite3.connect(file, timeout=timeout)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not busy


@dataclass
class Aside:
    """A folder in the data folder for what cannot be used. It is made when something comes into it."""

    data: Path
    _made: list[Path] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        if not self._made:
            name, number = f"{ASIDE}{time.strftime('%Y%m%d-%H%M%S')}", 1
            while (self.data / (name if number == 1 else f"{name}-{number}")).exists():
                number += 1
            self._made.append(self.data / (name if number == 1 else f"{name}-{number}"))
            self._made[0].mkdir(0o700)
        return self._made[0]

    def put(self, path: Path) -> None:
        """Move it here, at the same place as in the data folder."""
        target = self.folder / path.relative_to(self.data)
        target.parent.mkdir(0o700, exist_ok=True)
        try:
            path.rename(target)
        except OSError:  # on Windows, while anybody has it open
            with suppress(OSError):
                target.parent.rmdir()
            raise

    def put_database(self, fault: str) -> str:
        """A damaged database goes, and a sentence says so. Weights stay: their folders tell what they are."""
        for name in (*JOURNALS, DATABASE):  # whoever finds none begins another, with journals of its own
            if (self.data / name).exists():
                self.put(self.data / name)
        cause = next((line for line in fault.splitlines() if not line.startswith("***")), "unknown")
        return (
            f"The record of all runs was damaged ({cause[:80]}). It was put into "
            f"{self.folder.name} in the data folder, and a new one begun."
        )
