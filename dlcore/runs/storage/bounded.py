"""Tables of many owners that never grow beyond a number of rows: what was written longest ago goes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dlcore.runs.storage.database import replace_rows

A_LONG_TIME = 1e11  # seconds


def put_row(
    connection: sa.Connection,
    table: sa.Table,
    row: Mapping[str, Any],
    *,
    of_one: int,
    of_all: int,
    spared: sa.ColumnElement[bool] | None = None,
) -> None:
    """`table` has the columns `owner` and `at`. Of this row's owner at most `of_one` rows stay, the newest;
    of everybody's at most `of_all`. Those that are `spared` stay in any case. Rows of a time to come were
    written before the clock was set back: they are older than all others.
    """
    replace_rows(connection, table, [row])
    written = sa.case((table.c.at > time.time(), table.c.at - A_LONG_TIME), else_=table.c.at)
    for these, most in ((table.c.owner == row["owner"], of_one), (sa.true(), of_all)):
        newest = sa.select(written).where(these).order_by(written.desc())
        too_many = newest.offset(most).limit(1).scalar_subquery()
        going = these & (written <= too_many)
        connection.execute(table.delete().where(going if spared is None else going & ~spared))
