"""Who holds which run, where several processes, or several servers, share one database.

A lease is a random word of one store. It stands in the row of each run under way, with a heartbeat beside it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dlcore.run import ACTIVE, Status
from dlcore.runs.storage.database import REQUESTS, RUNS
from dlcore.runs.storage.holding import COLUMNS, NOBODYS, holder
from dlcore.runs.storage.reader import Reader
from dlcore.runs.storage.rows import LOCAL_OWNER

WATCH_SECONDS = 5.0  # that a heartbeat must stand still before this very server's eyes
LOOK_COUNTS = 2.0  # seconds at most, from one look to the next: this server itself may have been held up
ADOPT_SECONDS = 600.0  # a run whose last word is older waits for its owner: nobody is there
LOSSES = 3  # of servers in a row without a new epoch: then it may be the run that ends them
REQUEST_SECONDS = 60.0  # that a control waits for whoever holds its run
LEFT_TO_OWNER = (
    "Three servers in a row were gone while they had this run, without a new epoch: "
    "it may be what ends them, so it goes on only when you resume it."
)
TO_STOP = "It was to stop when its process ended: it goes on only when you resume it."
PAUSED = "It was paused when its process ended: resume it, nothing is lost."
TO_PAUSE = "It was to pause when its process ended: it goes on when you resume it."
WAITS = (LEFT_TO_OWNER, TO_STOP, PAUSED, TO_PAUSE)  # why no server goes on with an interrupted run
_losses = 1 + sa.case((RUNS.c.lost_at == RUNS.c.epoch, RUNS.c.losses), else_=0)
_too_many = (_losses >= LOSSES) & (RUNS.c.status != "paused")
LOST: dict[str, Any] = {  # of a run whose process is gone
    "status": "interrupted",
    "was": sa.case((_too_many, ""), else_=RUNS.c.status),
    "reason": sa.case((_too_many, LEFT_TO_OWNER), else_=""),  # what troubled it is over with its process
    "losses": _losses,
    "lost_at": RUNS.c.epoch,
}


class Leases(Reader):
    """The runs of this store's lease, and those of others that are gone."""

    def __init__(self, folder: Path | None = None, *, own_database: bool = False) -> None:
        self.lease = secrets.token_hex(8)
        self.undescribed: list[str] = []  # whose folder does not say it all yet
        self.unbegun: set[str] = set()  # runs that could be neither described nor deleted when they began
        self.clock = time.monotonic
        self._watched: dict[str, tuple[float, float]] = {}  # others' runs: heartbeat, watched for how long
        self._looked = 0.0
        super().__init__(folder, own_database=own_database)

    def heartbeat(self, run_ids: Iterable[str]) -> dict[str, Status]:
        """These runs are held by this process, which lives: those that still are, and what is said of them.

        One that was called interrupted while this process slept, and that nobody took up, is held again.
        """
        these = RUNS.c.id.in_(list(run_ids))
        mine = RUNS.c.lease == self.lease
        with self._transaction() as connection:
            if self.shared:
                self._set_clock(connection)
            word = holder(self.lease, self.now())
            connection.execute(RUNS.update().where(these, mine | NOBODYS).values(word))
            rows = connection.execute(sa.select(RUNS.c.id, RUNS.c.status).where(these, mine))
            return {row.id: row.status for row in rows}

    def interrupt_lost_runs(self) -> list[str]:
        """Mark active runs whose process is gone, and return their ids. One that is only silent stays.

        A run that has lost LOSSES servers without a new epoch is left to its owner.
        """
        query = sa.select(RUNS.c.id, *COLUMNS).where(RUNS.c.status.in_(ACTIVE)).order_by(RUNS.c.id)
        with self._transaction() as connection:
            lost = [row for row in connection.execute(query).mappings() if self._holding(row) == "gone"]
            for row in lost:
                # Its process may have come back since the row was read: then it is as it was.
                same = (RUNS.c.id == row["id"]) & (RUNS.c.heartbeat == row["heartbeat"])
                connection.execute(RUNS.update().where(same, RUNS.c.status.in_(ACTIVE)).values(LOST))
        ids = [row["id"] for row in lost]
        self.undescribed += ids
        return ids

    def left_by_others(self) -> dict[str, float]:
        """Runs that another server left while it trained them or had them in its queue: ids, last heartbeats.

        A server that only cannot reach the database for a while must not lose its runs: all heartbeats stand
        still when the database itself is down. So this one must have watched them standing still, looking
        again and again; also if it can see that the process has ended, since its workers outlive it by a
        moment. What was paused waits for its owner.
        """
        now, look = self.now(), self.clock()
        since = min(look - self._looked, LOOK_COUNTS)
        others = (RUNS.c.lease != self.lease, RUNS.c.owner != LOCAL_OWNER)
        left = (RUNS.c.status == "interrupted") & RUNS.c.was.in_(("running", "queued"))
        query = sa.select(RUNS.c.id, RUNS.c.status, *COLUMNS).where(
            *others, left | RUNS.c.status.in_(ACTIVE), RUNS.c.heartbeat > now - ADOPT_SECONDS
        )
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(RUNS.c.created)).mappings().all()
        before, self._watched, self._looked = self._watched, {}, look
        for row in rows:
            heartbeat, watched = before.get(row["id"], (row["heartbeat"], -since))
            stands = heartbeat == row["heartbeat"]
            self._watched[row["id"]] = (row["heartbeat"], watched + since if stands else 0.0)
        return {
            row["id"]: row["heartbeat"]
            for row in rows
            if row["status"] == "interrupted" and self._watched[row["id"]][1] >= WATCH_SECONDS
        }

    def watch_anew(self) -> None:
        """The database was away, so nobody's heartbeats could reach it."""
        self._watched.clear()

    def leave_to_owner(self, run_id: str) -> None:
        """No server goes on with this interrupted run by itself."""
        self._write([RUNS.update().where(RUNS.c.id == run_id).values(was="")])

    # --- Controls for a run of another server -------------------------------------------------

    def ask(self, run_id: str, action: str, name: str, value: float) -> None:
        """Whoever holds the run finds it at the next look."""
        row = {"id": secrets.token_hex(8), "run_id": run_id, "action": action, "name": name}
        self._write([REQUESTS.insert().values(row | {"value": value, "at": self.now()})])

    def asked(self) -> list[tuple[str, str, str, float]]:
        """What others ask of this store's runs, the oldest first, each once: id, action, name, value."""
        mine = sa.select(RUNS.c.id).where(RUNS.c.lease == self.lease)
        old = REQUESTS.c.at < self.now() - REQUEST_SECONDS
        taken = REQUESTS.delete().where(REQUESTS.c.run_id.in_(mine) | old).returning(REQUESTS)
        with self._transaction() as connection:
            rows = sorted(connection.execute(taken).mappings(), key=lambda row: row["at"])
        return [
            (str(row["run_id"]), str(row["action"]), str(row["name"]), float(row["value"]))
            for row in rows
            if row["at"] >= self.now() - REQUEST_SECONDS
        ]
