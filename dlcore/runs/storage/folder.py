"""The data folder with its database, opened: what everything that is kept stands on."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from dlcore.errors import StoreError
from dlcore.runs.storage.address import VARIABLE, file_address, named_address, told, unusable
from dlcore.runs.storage.blobs import blobs_of
from dlcore.runs.storage.damage import (
    DATABASE,
    Aside,
    damage,
    empty_journal,
    tells_broken,
    tells_damage,
    tells_odds,
)
from dlcore.runs.storage.database import NewerSchemaError
from dlcore.runs.storage.opening import open_database
from dlcore.runs.storage.private import make_private, private_file, private_folder

NOWHERE = (0, 0)
VANISHED = "The record of all runs vanished while the lab was running: a new one was begun."

log = logging.getLogger(__name__)


def data_folder() -> Path:
    """Where runs live: DLLAB_DATA_DIR, else the platform's folder for application data."""
    chosen = os.environ.get("DLLAB_DATA_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("deep-learning-lab", appauthor=False))


class DataFolder:
    """One SQLite database (or what DLLAB_DATABASE_URL names) in a folder. Any thread may call.

    A database that is damaged, now or later, is put aside, one that vanishes is begun anew once its folder
    is there; a subclass then brings back what it can (`_opened`), and `notice` says all of it.
    `own_database` leaves DLLAB_DATABASE_URL out of account. Raises StoreError, with the way out, when the
    database, its folder or the store of DLLAB_BLOBS cannot be used.
    """

    def __init__(self, folder: Path | None = None, *, own_database: bool = False) -> None:
        self.folder = folder or data_folder()
        self.notice = ""  # what people must know of how it was found
        self.openings = 0  # beyond the first, its database had vanished or was damaged
        elsewhere = "" if own_database else os.environ.get(VARIABLE, "")
        self.own_folder = not elsewhere  # no other database knows of the weights in it
        self._file = self.folder / DATABASE
        self._identity: tuple[int, int] | None = NOWHERE
        self._ready = False  # while it is brought up to date, other threads wait
        self._address = named_address(elsewhere) if elsewhere else file_address(self._file)
        self.shared = (
            self._address.get_backend_name() == "postgresql"
        )  # with other servers, on other machines
        self._ahead = 0.0  # seconds, of the database's clock before this machine's
        self._opening = threading.RLock()
        self.blobs = blobs_of(self.folder / "runs" / "any")  # None: weights lie in the folder
        if self.blobs is not None:
            self.blobs.check()
        try:
            private_folder(self.folder)
            make_private(self.folder)
            self._open()
        except (OSError, SQLAlchemyError, ImportError, TypeError, ValueError) as error:
            # What a URL asks of its driver may be of the wrong type, or mean nothing to it.
            raise self._unusable(error) from error

    def close(self) -> None:
        self._engine.dispose()

    def say(self, sentence: str) -> None:
        """Something that everybody must know, and the log."""
        log.warning("%s", sentence)
        if sentence not in self.notice:
            self.notice = f"{self.notice} {sentence}".strip()

    def empty_journal(self) -> None:
        """What was written so far stands in the database itself, whatever becomes of its journal."""
        if self.own_folder and not empty_journal(self._file):
            log.info("a reader holds the journal of %s: it is emptied later", self._file)

    def now(self) -> float:
        """Seconds since 1970 by a clock that all who use this database share."""
        return time.time() + self._ahead

    def _set_clock(self, connection: sa.Connection) -> None:
        """Of PostgreSQL. Servers' own clocks differ: one that is late must not seem to be gone."""
        moment = sa.select(sa.func.extract("epoch", sa.func.clock_timestamp()))
        self._ahead = float(connection.execute(moment).scalar_one()) - time.time()

    def _opened(self, aside: Aside) -> None:
        """A subclass brings the database up to date with what lies in the folder."""

    def _open(self) -> None:
        """Open the database; a damaged one is put aside first, also if only using it shows the damage."""
        aside, found = Aside(self.folder), self._found()
        # To look takes seconds: another process may have put it aside meanwhile, and begun a new one.
        if self.own_folder and (fault := damage(self._file)) and self._found() == found:
            self.say(aside.put_database(fault))
        try:
            self._connect_again_at_odds(aside)
        except (StoreError, SQLAlchemyError) as error:
            cause = _said_by_driver(error)
            if not (self.own_folder and tells_damage(cause, self._file)):
                raise
            self.say(aside.put_database(str(cause)))
            self._connect(aside)

    def _connect_again_at_odds(self, aside: Aside) -> None:
        """Another lab may change the tables at this very moment: a healthy database fits the second time."""
        try:
            self._connect(aside)
        except (StoreError, SQLAlchemyError) as error:
            if not tells_odds(_said_by_driver(error)):
                raise
            self._connect(aside)

    def _connect(self, aside: Aside) -> None:
        if self.own_folder and not self._file.exists():
            private_file(self._file)  # its journals get the same mode
        self._identity, self._ready = NOWHERE, False  # unless all of it goes well
        self._engine = open_database(self._address)
        self._identity = self._found()
        try:
            if self.shared:
                with self._engine.connect() as connection:
                    self._set_clock(connection)
            self._opened(aside)
        except BaseException:
            self._engine.dispose()
            self._identity = NOWHERE  # whoever comes next opens it again
            raise
        self.openings += 1
        self._ready = True

    def _found(self) -> tuple[int, int] | None:
        """Which file is the database now? None: there is none."""
        try:
            about = os.stat(self._file)
        except OSError:
            return None
        return about.st_dev, about.st_ino

    def _look(self) -> None:
        """Is the database still the file that was opened? One that was deleted takes rows without a word."""
        if not self.own_folder or (self._ready and self._found() == self._identity):
            return
        with self._opening:
            if self._found() == self._identity:
                return
            if not self.folder.is_dir():
                raise StoreError(
                    f"The data folder {self.folder} is gone: put it back, or make an empty one in its place."
                )
            self._engine.dispose()
            if self._identity != NOWHERE:
                self.say(VANISHED)
            try:
                self._open()
            except (OSError, SQLAlchemyError, NewerSchemaError) as error:
                raise self._unusable(error) from error

    def _broken(self, engine: sa.Engine) -> None:
        """The database that this engine has open is damaged: open it anew, if nobody has done so yet."""
        with self._opening:
            if not self._ready or engine is not self._engine or self._found() != self._identity:
                return
            engine.dispose()
            if empty := not self._file.stat().st_size:
                self.say(VANISHED)
            if empty or damage(self._file):
                self._identity = NOWHERE  # whoever comes now waits
                self._look()

    def _write(self, statements: Iterable[sa.Executable]) -> None:
        with self._transaction() as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """One transaction; the database's errors become ours."""
        self._look()
        engine = self._engine
        try:
            with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            if not self.own_folder:
                raise unusable(self._address, error) from error
            if tells_broken(_said_by_driver(error)):
                self._broken(engine)
            raise StoreError(
                f"The run database cannot be used ({told(error)}): "
                "try again, or choose another with DLLAB_DATA_DIR."
            ) from error

    def _unusable(self, error: Exception) -> StoreError:
        if not self.own_folder and not isinstance(error, OSError):
            return unusable(self._address, error)
        if isinstance(error, NewerSchemaError):
            return StoreError(
                f"The record of all runs in {self.folder} cannot be used ({error}): "
                "install the newer version of the lab, or choose another folder with DLLAB_DATA_DIR."
            )
        return StoreError(
            f"The data folder {self.folder} cannot be used ({told(error)}): "
            "make it writable or choose another with DLLAB_DATA_DIR."
        )


def _said_by_driver(error: BaseException) -> BaseException | None:
    """What the database's own driver said, in an error of SQLAlchemy or one of ours that came of it."""
    return getattr(error, "orig", None) or getattr(error.__cause__, "orig", None)
