"""Sweeps as data: a server that is killed leaves them behind, and the next one goes on with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from dlcore.runs.storage.bounded import put_row
from dlcore.runs.storage.database import SWEEPS
from dlcore.runs.storage.folder import DataFolder
from dlcore.runs.storage.reading import ODD, parse_json
from dlcore.sweep.record import Sweep, sweep_of

MOST_OF_ONE = 20
MOST = 2_000  # of everybody's, some 4 kB each
RUNNING = SWEEPS.c.status == "running"
STALE_SECONDS = 15.0  # whoever feeds a sweep says so more often than that


@dataclass(frozen=True)
class Listed:
    """A sweep without all that it tries."""

    id: str
    name: str
    status: str


def next_name(known: Sequence[Listed]) -> str:
    """One that none of these has."""
    numbers = [int(tail) for sweep in known if (tail := sweep.name.removeprefix("sweep-")).isdecimal()]
    return f"sweep-{max(numbers, default=0) + 1}"


class Sweeps(DataFolder):
    """Short transactions. What was begun longest ago is forgotten first; its runs stay."""

    def keep_sweep(self, sweep: Sweep, lease: str) -> None:
        """A new one, fed by whoever has this lease."""
        row = {
            "id": sweep.id,
            "owner": sweep.owner,
            "name": sweep.name,
            "plan": json.dumps(sweep.as_plain()),
            "status": sweep.status,
            "lease": lease,
            "heartbeat": self.now(),
            "at": sweep.at,
        }
        with self._transaction() as connection:
            put_row(connection, SWEEPS, row, of_one=MOST_OF_ONE, of_all=MOST, spared=RUNNING)

    def note_sweep(self, sweep: Sweep) -> None:
        """Which of its runs have begun, and what was stopped. Its status is left as it is."""
        plan = json.dumps(sweep.as_plain())
        self._write([SWEEPS.update().where(SWEEPS.c.id == sweep.id).values(plan=plan)])

    def end_sweep(self, sweep_id: str, status: str) -> None:
        """One that is under way ends so; one that has ended stays as it is."""
        running = (SWEEPS.c.id == sweep_id) & RUNNING
        self._write([SWEEPS.update().where(running).values(status=status)])

    def claim_sweep(self, sweep_id: str, lease: str) -> bool:
        """From now on this lease feeds it. False if it has ended, or another one does and lives."""
        now = self.now()
        silent = sa.func.abs(SWEEPS.c.heartbeat - now) > STALE_SECONDS  # a clock that was set back, too
        free = (SWEEPS.c.lease == lease) | silent
        running = (SWEEPS.c.id == sweep_id) & RUNNING
        with self._transaction() as connection:
            mine = SWEEPS.update().where(running, free).values(lease=lease, heartbeat=now)
            return bool(connection.execute(mine).rowcount)

    def leave_sweeps(self, lease: str) -> None:
        """Whoever comes next may feed them at once."""
        self._write([SWEEPS.update().where(SWEEPS.c.lease == lease).values(heartbeat=0.0)])

    def sweep(self, sweep_id: str) -> Sweep | None:
        """None if there is none, or its row is damaged."""
        return next(iter(self._sweeps(SWEEPS.c.id == sweep_id)), None)

    def listed_sweeps(self, owner: str) -> list[Listed]:
        """The newest first."""
        query = sa.select(SWEEPS.c.id, SWEEPS.c.name, SWEEPS.c.status).where(SWEEPS.c.owner == owner)
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(SWEEPS.c.at.desc())).all()
        return [Listed(str(row.id), str(row.name), str(row.status)) for row in rows]

    def running_sweeps(self) -> list[Sweep]:
        """Of all owners, fed or not, the newest first. One that is damaged can only end: it does."""
        with self._transaction() as connection:
            ids = set(connection.execute(sa.select(SWEEPS.c.id).where(RUNNING)).scalars())
        found = self._sweeps(RUNNING)
        for damaged in ids - {sweep.id for sweep in found}:
            if self.sweep(damaged) is None:  # not one that has ended meanwhile
                self.end_sweep(damaged, "stopped")
        return found

    def _sweeps(self, these: sa.ColumnElement[bool]) -> list[Sweep]:
        query = SWEEPS.select().where(these).order_by(SWEEPS.c.at.desc()).limit(MOST)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        found = []
        for row in rows:
            with suppress(*ODD, KeyError, AttributeError):  # a damaged row says nothing
                plain = dict(parse_json(row.plan))
                found.append(sweep_of(plain, str(row.id), str(row.owner), str(row.status), float(row.at)))
        return found
