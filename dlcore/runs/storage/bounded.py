"""Tables of many owners that never grow beyond a number of rows, and what goes when one is full.

Names are free to make, so one device may write as thousands. It must not wipe out what a class has written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dlcore.errors import StoreError
from dlcore.runs.storage.clock import now
from dlcore.runs.storage.database import TRAILS, replace_rows

FORSAKEN_DAYS = 30
FORSAKEN_SECONDS = FORSAKEN_DAYS * 86_400.0
AT_ONCE = 0.01  # of a full table goes, beyond what is too much: to find what goes takes long


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
    of everybody's at most `of_all`. Those that are `spared` stay in any case.

    Of everybody's those go first whose owners have not been here for FORSAKEN_DAYS, then the oldest of
    whoever has most, but nobody's only one. Raises StoreError if that is not enough, unless some are spared.
    """
    replace_rows(connection, table, [row])
    newest = sa.select(table.c.at).where(table.c.owner == row["owner"]).order_by(table.c.at.desc())
    too_many = newest.offset(of_one).limit(1).scalar_subquery()
    going = (table.c.owner == row["owner"]) & (table.c.at <= too_many)
    connection.execute(table.delete().where(going if spared is None else going & ~spared))
    rows = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    if rows <= of_all:
        return
    freed = connection.execute(_first_to_go(table, rows - of_all + int(AT_ONCE * of_all), spared)).rowcount
    if freed < rows - of_all and spared is None:
        raise StoreError(
            "The lab has no room for what more people write: keep it elsewhere for now, and tell whoever "
            "runs this server."
        )


def _first_to_go(table: sa.Table, most: int, spared: sa.ColumnElement[bool] | None) -> sa.Delete:
    since, owner, at = now() - FORSAKEN_SECONDS, table.c.owner, table.c.at
    ranked = sa.select(
        *dict.fromkeys((*table.primary_key, owner, at)),
        sa.func.row_number().over(partition_by=owner, order_by=at.desc()).label("rank"),  # 1: their newest
        sa.func.max(at).over(partition_by=owner).label("last"),
        (sa.false() if spared is None else spared).label("spared"),
    ).subquery()
    here = sa.exists().where(TRAILS.c.owner == ranked.c.owner, TRAILS.c.at >= since)
    away = (ranked.c.last < since) & ~here
    going = (
        sa.select(*(ranked.c[key.name] for key in table.primary_key))
        .where(~ranked.c.spared, away | (ranked.c.rank > 1))
        .order_by(away.desc(), ranked.c.rank.desc(), ranked.c.at)
        .limit(most)
    )
    return table.delete().where(sa.tuple_(*table.primary_key).in_(going))
