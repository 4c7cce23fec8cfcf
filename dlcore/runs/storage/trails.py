"""Which pages each owner has opened, and the last one with its run."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from dlcore.runs.storage.database import TRAILS, replace_rows
from dlcore.runs.storage.folder import DataFolder

MOST = 50_000  # pages of all owners together: a few MB
TRAIL = (
    sa.select(TRAILS.c.page, TRAILS.c.run)
    .where(TRAILS.c.owner == sa.bindparam("owner"))
    .order_by(TRAILS.c.at)
)
NEWEST_TOO_MANY = sa.select(TRAILS.c.at).order_by(TRAILS.c.at.desc()).offset(sa.bindparam("most")).limit(1)
FORGET = TRAILS.delete().where(TRAILS.c.at <= NEWEST_TOO_MANY.scalar_subquery())


@dataclass(frozen=True)
class Trail:
    pages: frozenset[str] = frozenset()
    last: str = ""  # of these, the one opened last
    run: str = ""  # the id of the run looked at there


class Trails(DataFolder):
    """The trails of all owners. Who has been away longest is forgotten first."""

    def trail_of(self, owner: str) -> Trail:
        """Where this owner has been."""
        with self._transaction() as connection:
            rows = connection.execute(TRAIL, {"owner": owner}).all()
        if not rows:
            return Trail()
        return Trail(frozenset(str(row.page) for row in rows), str(rows[-1].page), str(rows[-1].run))

    def opened(self, owner: str, page: str, run: str = "") -> None:
        """This owner opens this page, and looks at this run there."""
        row = {"owner": owner, "page": page, "run": run, "at": time.time()}
        # Two tabs of a new visitor open the same page at once: to PostgreSQL the second is one row too many.
        with self._transaction() as connection, suppress(IntegrityError):
            replace_rows(connection, TRAILS, [row])
            connection.execute(FORGET, {"most": MOST})
