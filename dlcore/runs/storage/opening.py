"""How the database of runs is opened: one process at a time makes its tables, or brings them up to date."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

import sqlalchemy as sa

from dlcore.runs.storage.address import options
from dlcore.runs.storage.database import RUNS, SCHEMA, SCHEMA_ROWS, SCHEMA_VERSION, NewerSchemaError
from dlcore.runs.storage.write_queue import queue_writers

OPENING_SECONDS = (
    30.0  # until a file is given up that others hold: at their first start, they make the tables
)
LOOK_SECONDS = 0.02
TABLES_LOCK = 0x646C6C6162  # a number of our own among PostgreSQL's locks


def open_database(address: sa.URL) -> sa.Engine:
    """Connect, and make what is missing: one process makes it, others that start now wait and find it made.

    Raises SQLAlchemyError, ImportError without its driver, or NewerSchemaError, if it cannot be used.
    """
    engine = sa.create_engine(address, **options(address))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        queue_writers(engine)
    try:
        if _missing(engine):
            with engine.begin() as connection:
                _alone(connection)
                SCHEMA.create_all(connection)
                _add_new_columns(connection)
                _note_version(connection)
    except Exception:
        engine.dispose()
        raise
    return engine


def _missing(engine: sa.Engine) -> bool:
    """Does the database lack a table, a column that came later, or our version? Refuses a newer one."""
    inspector = sa.inspect(engine)
    version = 0
    if inspector.has_table(SCHEMA_ROWS.name):
        with engine.connect() as connection:
            version = _version(connection)
    if version > SCHEMA_VERSION:
        raise NewerSchemaError(version)
    known = _columns(inspector)
    return version < SCHEMA_VERSION or any(
        not set(table.columns.keys()) <= known.get(table.name, set()) for table in SCHEMA.tables.values()
    )


def _columns(inspector: sa.Inspector) -> dict[str, set[str]]:
    """The names of the columns of each table, asked for at once."""
    found = inspector.get_multi_columns(filter_names=list(SCHEMA.tables))
    return {table: {column["name"] for column in columns} for (_, table), columns in found.items()}


def _version(connection: sa.Connection) -> int:
    """0 where none is written down, or nothing that is one."""
    (found,) = connection.execute(sa.select(sa.func.max(SCHEMA_ROWS.c.version))).one()
    return found if isinstance(found, int) else 0


def _note_version(connection: sa.Connection) -> None:
    connection.execute(SCHEMA_ROWS.delete())
    connection.execute(SCHEMA_ROWS.insert().values(version=SCHEMA_VERSION))


def _alone(connection: sa.Connection) -> None:
    """Until this transaction ends nobody else makes tables here."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TABLES_LOCK)))


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers and the writer do not block each other; a commit survives the end of this process.

    A text with a damaged byte is read all the same: it must not lock its owner out of all others.
    """
    connection.text_factory = _text
    for pragma in ("busy_timeout=5000", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """For this change alone SQLite does not wait until another process lets go of the file."""
    pause, until = threading.Event(), time.monotonic() + OPENING_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            pause.wait(LOOK_SECONDS)


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def _add_new_columns(connection: sa.Connection) -> None:
    """A database of an earlier version gets the columns that came later."""
    known = _columns(sa.inspect(connection))
    for table in SCHEMA.tables.values():
        for column in table.columns:
            if column.name not in known[table.name]:
                definition = sa.schema.CreateColumn(column).compile(connection.engine)
                connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
                if column is RUNS.c.seen:  # nobody knows when these owners were here last: say now
                    connection.execute(RUNS.update().values(seen=time.time()))
