"""The database of runs: its tables, and how it is opened."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

MAX_ROWS = 2000  # per run and metric; beyond, every second row goes

SCHEMA = sa.MetaData()
RUNS = sa.Table(
    "runs",
    SCHEMA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("config", sa.Text, nullable=False),  # JSON
    sa.Column("status", sa.String, nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("total_steps", sa.Integer, nullable=False, default=0),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("threads", sa.Integer, nullable=False, default=0),
    sa.Column("device", sa.String, nullable=False, default=""),
    sa.Column("watched", sa.Text, nullable=False, default="[]"),  # JSON
    sa.Column("shared", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("pid", sa.Integer, nullable=False, default=0),  # of the process that holds the run
    sa.Column("pid_since", sa.Float, nullable=False, default=0.0, server_default="0"),  # when it started
    sa.Column("heartbeat", sa.Float, nullable=False, default=0.0),
    sa.Column("seen", sa.Float, nullable=False, default=time.time, server_default="0"),  # its owner, last
)
METRICS = sa.Table(
    "metrics",
    SCHEMA,
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("value", sa.Float, nullable=True),  # null where the number was not finite
    sa.Column("special", sa.String, nullable=False, default="", server_default=""),  # then: nan, inf, -inf
)
CHECKPOINTS = sa.Table(
    "checkpoints",
    SCHEMA,
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("path", sa.String, nullable=False),  # relative to the data folder
    sa.Column("digest", sa.String, nullable=False),
)


CODES = sa.Table(
    "codes",  # by which an owner is found again from another computer
    SCHEMA,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, unique=True),
)


def open_database(url: str) -> sa.Engine:
    """Connect, and make what is missing. Raises SQLAlchemyError if it cannot be used."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    try:
        SCHEMA.create_all(engine)
        _add_new_columns(engine)
    except sa.exc.SQLAlchemyError:
        engine.dispose()
        raise
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers and the writer do not block each other; a commit survives the end of this process.

    A text with a damaged byte is read all the same: it must not lock its owner out of all others.
    """
    connection.text_factory = _text
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def _add_new_columns(engine: sa.Engine) -> None:
    """A database of an earlier version gets the columns that came later."""
    for table in SCHEMA.tables.values():
        known = _columns(engine, table)
        for column in table.columns:
            if column.name in known:
                continue
            try:
                _add_column(engine, table, column)
            except sa.exc.DBAPIError:
                if column.name not in _columns(engine, table):  # else another lab has added it meanwhile
                    raise


def _columns(engine: sa.Engine, table: sa.Table) -> set[str]:
    return {column["name"] for column in sa.inspect(engine).get_columns(table.name)}


def _add_column(engine: sa.Engine, table: sa.Table, column: sa.Column[Any]) -> None:
    definition = sa.schema.CreateColumn(column).compile(engine)
    with engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
        if column is RUNS.c.seen:  # nobody knows when these owners were here last: say now
            connection.execute(RUNS.update().values(seen=time.time()))


def replace_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those with the same primary key go first."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    rows = list({tuple(row[key] for key in keys): row for row in rows}.values())
    same = sa.and_(*(table.c[key] == sa.bindparam(f"_{key}") for key in keys))
    connection.execute(table.delete().where(same), [{f"_{key}": row[key] for key in keys} for row in rows])
    connection.execute(table.insert(), rows)


def limit_rows(connection: sa.Connection, run_id: str, name: str) -> None:
    """Of a metric with too many rows every second one goes, never the newest."""
    these = (METRICS.c.run_id == run_id) & (METRICS.c.name == name)
    steps = (
        connection.execute(sa.select(METRICS.c.step).where(these).order_by(METRICS.c.step)).scalars().all()
    )
    if len(steps) > MAX_ROWS:
        connection.execute(
            METRICS.delete().where(these & (METRICS.c.step == sa.bindparam("_step"))),
            [{"_step": step} for step in steps[-2::-2]],
        )
