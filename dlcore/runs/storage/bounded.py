"""Tables of many owners that never grow beyond a number of rows: what was written longest ago goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dlcore.runs.storage.database import replace_rows


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
    of everybody's at most `of_all`. Those that are `spared` stay in any case, and so does this row: a clock
    that was set back makes it older than all others.
    """
    replace_rows(connection, table, [row])
    this = sa.and_(*(column == row[column.name] for column in table.primary_key))
    stays = this if spared is None else this | spared
    for these, most in ((table.c.owner == row["owner"], of_one), (sa.true(), of_all)):
        newest = sa.select(table.c.at).where(these).order_by(table.c.at.desc())
        too_many = newest.offset(most).limit(1).scalar_subquery()
        connection.execute(table.delete().where(these, table.c.at <= too_many, ~stays))
