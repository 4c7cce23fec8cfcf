"""The tables of the database of runs, and what several of their users do with rows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from dlcore.run import Checkpoint

MAX_ROWS = 2000  # per run and metric; beyond, every second row goes
SCHEMA_VERSION = 1  # goes up with every change after which an older lab must not write here any more


class Words(sa.types.TypeDecorator[str]):
    """A text that every database takes: a sign that one cannot hold becomes another, and is found nowhere."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if not isinstance(value, str) or (value.isascii() and "\0" not in value):
            return value
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # no half sign
        return whole.replace("\0", "\ufffd")


class NewerSchemaError(ValueError):
    """A newer version of the lab has changed the tables: this one must not write into them."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"its tables are of version {version}, this lab knows them up to version {SCHEMA_VERSION}"
        )


SCHEMA = sa.MetaData()
RUNS = sa.Table(
    "runs",
    SCHEMA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False, index=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("config", sa.Text, nullable=False),  # JSON
    sa.Column("status", Words, nullable=False, index=True),
    sa.Column("reason", Words, nullable=False, default=""),
    # Of an interrupted run: what it was at before.
    sa.Column("was", Words, nullable=False, default="", server_default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("total_steps", sa.Integer, nullable=False, default=0),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("threads", sa.Integer, nullable=False, default=0),
    sa.Column("device", Words, nullable=False, default=""),
    sa.Column("watched", sa.Text, nullable=False, default="[]"),  # JSON
    sa.Column("shared", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("pid", sa.Integer, nullable=False, default=0),  # of the process that holds the run
    sa.Column("pid_since", sa.Float, nullable=False, default=0.0, server_default="0"),  # when it started
    sa.Column("place", Words, nullable=False, default="", server_default=""),  # where that number is known
    sa.Column(
        "lease", Words, nullable=False, default="", server_default=""
    ),  # of the store that holds the run
    sa.Column("heartbeat", sa.Float, nullable=False, default=0.0),
    # Servers that were gone while they had it, in a row without a new epoch, and the epoch it stood at.
    sa.Column("losses", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("lost_at", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("seen", sa.Float, nullable=False, default=time.time, server_default="0"),  # its owner, last
)
METRICS = sa.Table(
    "metrics",
    SCHEMA,
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", Words, primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("value", sa.Float, nullable=True),  # null where the number was not finite
    sa.Column("special", Words, nullable=False, default="", server_default=""),  # then: nan, inf, -inf
)
CHECKPOINTS = sa.Table(
    "checkpoints",
    SCHEMA,
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("path", Words, nullable=False),  # relative to the data folder
    sa.Column("digest", Words, nullable=False),
)


CODES = sa.Table(
    "codes",  # by which an owner is found again from another computer
    SCHEMA,
    sa.Column("code", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False, unique=True),
)
TRAILS = sa.Table(
    "trails",  # which pages an owner has opened
    SCHEMA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("page", Words, primary_key=True),
    sa.Column("run", Words, nullable=False, default=""),  # looked at there
    sa.Column("at", sa.Float, nullable=False, index=True),  # when it was opened last
)
# A classifier of somebody's own: four lines, rounds, decisions, and pictures that are to stay.
PLANS = sa.Table(
    "plans",
    SCHEMA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("which", Words, primary_key=True),  # the lab's pictures, or one's own
    sa.Column("plan", sa.Text, nullable=False),  # JSON
    sa.Column("at", sa.Float, nullable=False, index=True),
)
ITERATIONS = sa.Table(
    "iterations",
    SCHEMA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("which", Words, primary_key=True),
    sa.Column("at", sa.Float, primary_key=True, index=True),
    sa.Column("words", Words, nullable=False),
    sa.Column("correct", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
)
DECISIONS = sa.Table(
    "decisions",
    SCHEMA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("digest", Words, primary_key=True),  # of the picture's pixels
    sa.Column("action", Words, nullable=False),
    sa.Column("label", Words, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
PICTURES = sa.Table(
    "pictures",  # each a file in its owner's folder
    SCHEMA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("digest", Words, primary_key=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("label", Words, nullable=False),
    sa.Column("wide", sa.Integer, nullable=False),
    sa.Column("high", sa.Integer, nullable=False),
    sa.Column("turned", sa.Boolean, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),  # among its owner's
    sa.Column("at", sa.Float, nullable=False, index=True),
)
APPS = sa.Table(
    "apps",  # classifiers at work, for whoever has the link
    SCHEMA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False, index=True),
    sa.Column("app", sa.Text, nullable=False),  # JSON
    sa.Column("at", sa.Float, nullable=False, index=True),
)

NOTEBOOKS = sa.Table(
    "notebooks",  # what learners guessed, saw and wrote down
    SCHEMA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("page", Words, primary_key=True),  # of the lab; "": none
    sa.Column("name", Words, primary_key=True),  # "card …", "note" or "answer …"
    sa.Column("content", sa.Text, nullable=False),  # JSON
    sa.Column("at", sa.Float, nullable=False, index=True),
)
SWEEPS = sa.Table(
    "sweeps",  # many runs that were asked for at once
    SCHEMA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False, index=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),  # JSON
    sa.Column("status", Words, nullable=False, index=True),
    sa.Column("lease", Words, nullable=False),  # of whoever feeds it
    sa.Column("heartbeat", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
REQUESTS = sa.Table(
    "requests",  # controls for a run that another server on this database has under way
    SCHEMA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("action", Words, nullable=False),
    sa.Column("name", Words, nullable=False, default=""),
    sa.Column("value", sa.Float, nullable=False, default=0.0),
    sa.Column("at", sa.Float, nullable=False),
)
GONE = sa.Table(
    "gone",  # deleted runs whose weights are still to be removed from an object store
    SCHEMA,
    sa.Column("run_id", Words, primary_key=True),
)
SCHEMA_ROWS = sa.Table(
    "lab",  # which version of the lab made these tables: one row
    SCHEMA,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
)


# Put into words once: that takes several times as long as the answer.
HOW_MANY = sa.select(sa.func.count()).where(
    METRICS.c.run_id == sa.bindparam("run_id"), METRICS.c.name == sa.bindparam("name")
)
IS_THERE = sa.select(RUNS.c.id).where(RUNS.c.id == sa.bindparam("run_id"))


def replace_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those with the same primary key go first."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    rows = list({tuple(row[key] for key in keys): row for row in rows}.values())
    connection.execute(_same(table), [{f"_{key}": row[key] for key in keys} for row in rows])
    connection.execute(table.insert(), rows)


@cache
def _same(table: sa.Table) -> sa.Delete:
    """Of the row with this primary key, its columns named with a line before."""
    keys = (column.name for column in table.primary_key)
    return table.delete().where(sa.and_(*(table.c[key] == sa.bindparam(f"_{key}") for key in keys)))


def limit_rows(connection: sa.Connection, run_id: str, name: str) -> None:
    """Of a metric with too many rows every second one goes, never the newest."""
    which = {"run_id": run_id, "name": name}
    if connection.execute(HOW_MANY, which).scalar_one() > MAX_ROWS:
        these = (METRICS.c.run_id == run_id) & (METRICS.c.name == name)
        query = sa.select(METRICS.c.step).where(these).order_by(METRICS.c.step)
        steps = connection.execute(query).scalars().all()
        connection.execute(
            METRICS.delete().where(these & (METRICS.c.step == sa.bindparam("_step"))),
            [{"_step": step} for step in steps[-2::-2]],
        )


def hold(connection: sa.Connection, run_id: str, *conditions: sa.ColumnElement[bool]) -> bool:
    """From here to the end of the transaction nobody else writes of this run; False if there is no such run.

    It writes nothing to the disk before the end.
    """
    same = RUNS.update().where(RUNS.c.id == run_id, *conditions).values(id=run_id)
    return connection.execute(same).rowcount > 0


def without(run_id: str, dropped: Sequence[Checkpoint]) -> sa.Delete:
    """These checkpoints of a run are forgotten."""
    steps = [checkpoint.step for checkpoint in dropped]
    return CHECKPOINTS.delete().where((CHECKPOINTS.c.run_id == run_id) & CHECKPOINTS.c.step.in_(steps))
