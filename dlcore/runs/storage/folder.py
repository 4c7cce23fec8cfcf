"""The data folder with its database, opened: what everything that is kept stands on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from dlcore.errors import StoreError
from dlcore.runs.storage.database import damage, open_database, set_aside


def data_folder() -> Path:
    """Where runs live: DLLAB_DATA_DIR, else the platform's folder for application data."""
    chosen = os.environ.get("DLLAB_DATA_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("deep-learning-lab", appauthor=False))


class DataFolder:
    """One SQLite database (or what DLLAB_DATABASE_URL names) in a folder. Any thread may call.

    Raises StoreError, with the way out, when the database or its folder cannot be used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_folder()
        self.notice = ""  # what people must know of how it was found
        elsewhere = os.environ.get("DLLAB_DATABASE_URL")
        file = self.folder / "runs.sqlite"
        self.own_folder = not elsewhere  # no other database knows of the weights in it
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not elsewhere and (fault := damage(file)):
                self.notice = set_aside(self.folder, fault)
            self._engine = open_database(elsewhere or f"sqlite:///{file}")
        except (OSError, SQLAlchemyError) as error:
            raise StoreError(
                f"The data folder {self.folder} cannot be used ({_cause(error)}): "
                "make it writable or choose another with DLLAB_DATA_DIR."
            ) from error

    def close(self) -> None:
        self._engine.dispose()

    def _write(self, statements: Iterable[sa.Executable]) -> None:
        with self._transaction() as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """One transaction; the database's errors become ours."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(
                f"The run database cannot be used ({_cause(error)}): "
                "try again, or choose another with DLLAB_DATA_DIR."
            ) from error


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
