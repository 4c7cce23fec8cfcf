"""What the store knows of many runs at once, read in short transactions."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dlcore.run import ACTIVE, Run
from dlcore.runs.storage.clock import now
from dlcore.runs.storage.codes import Codes
from dlcore.runs.storage.database import CHECKPOINTS, GONE, METRICS, RUNS
from dlcore.runs.storage.holding import COLUMNS, SHARED_SECONDS, STALE_SECONDS, Holding, holding, place
from dlcore.runs.storage.notebooks import Notebooks
from dlcore.runs.storage.projects import Projects
from dlcore.runs.storage.rows import LOCAL_OWNER, checkpoints_of, run_of, series_of
from dlcore.runs.storage.sweeps import Sweeps
from dlcore.runs.storage.trails import Trails

# What every page asks, put into words once: that takes several times as long as the answer.
ITS_ROW = RUNS.select().where(RUNS.c.id == sa.bindparam("run_id"))
ITS_METRICS = METRICS.select().where(METRICS.c.run_id == sa.bindparam("run_id")).order_by(METRICS.c.step)
ITS_CHECKPOINTS = (
    CHECKPOINTS.select().where(CHECKPOINTS.c.run_id == sa.bindparam("run_id")).order_by(CHECKPOINTS.c.step)
)
LATEST = (
    RUNS.select()
    .where(RUNS.c.owner == sa.bindparam("owner"))
    .order_by(RUNS.c.created.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
LATEST_OF_KIND = LATEST.where(RUNS.c.kind == sa.bindparam("kind"))
ALL = sa.select(sa.func.count()).select_from(RUNS)
THEIRS = ALL.where(RUNS.c.owner == sa.bindparam("owner"))
OWNERS = sa.select(RUNS.c.id, RUNS.c.owner)
BOTH = sa.select(THEIRS.scalar_subquery(), ALL.scalar_subquery())


@dataclass(frozen=True)
class Holder:
    """A living process that has a run under way."""

    pid: int
    how: Holding
    here: bool  # its number is known on this computer, in this container


class Reader(Codes, Trails, Projects, Notebooks, Sweeps):
    """Every run, and lists of them."""

    def run_folder(self, run_id: str) -> Path:
        """Where a run's weights go."""
        return self.folder / "runs" / run_id

    def _holding(self, row: sa.RowMapping) -> Holding:
        return holding(row, self.now(), SHARED_SECONDS if self.shared else STALE_SECONDS)

    def _seen(self, row: sa.RowMapping, **more: Any) -> Run:
        """The run of a row; is its process silent?"""
        run = run_of(row, **more)
        return replace(run, silent=True) if run.active and self._holding(row) == "silent" else run

    def get(self, run_id: str) -> Run | None:
        """A run with its series and checkpoints; None if there is no such run."""
        with self._transaction() as connection:
            return self._read(connection, run_id)

    def _read(self, connection: sa.Connection, run_id: str) -> Run | None:
        of_it = {"run_id": run_id}
        row = connection.execute(ITS_ROW, of_it).mappings().one_or_none()
        if row is None:
            return None
        return self._seen(
            row,
            series=series_of(connection.execute(ITS_METRICS, of_it)),
            checkpoints=checkpoints_of(connection.execute(ITS_CHECKPOINTS, of_it), self.run_folder(run_id)),
        )

    def runs_of(self, owner: str, *, kind: str | None = None, limit: int = 50) -> list[Run]:
        """An owner's latest runs, of one kind or all, newest first, without series and checkpoints."""
        query, which = LATEST, {"owner": owner, "most": limit}
        if kind is not None:
            query, which = LATEST_OF_KIND, which | {"kind": kind}
        with self._transaction() as connection:
            runs = [self._seen(row) for row in connection.execute(query, which).mappings()]
        return [run for run in runs if kind in (None, run.kind)]  # of a kind's runs no damaged one

    def latest_of(self, owners: Sequence[str]) -> dict[str, tuple[Run, int]]:
        """For each of these owners who has a run: the newest, without its series, and how many there are."""
        mine = RUNS.c.owner.in_(owners)
        newest = (
            sa.select(
                RUNS.c.owner, sa.func.max(RUNS.c.created).label("created"), sa.func.count().label("runs")
            )
            .where(mine)
            .group_by(RUNS.c.owner)
            .subquery()
        )
        query = sa.select(RUNS, newest.c.runs.label("how_many")).join(
            newest, (RUNS.c.owner == newest.c.owner) & (RUNS.c.created == newest.c.created)
        )
        with self._transaction() as connection:
            rows = connection.execute(query).mappings().all()
        return {str(row["owner"]): (self._seen(row), int(row["how_many"])) for row in rows}

    def runs_since(self, owners: Sequence[str], kind: str, since: float, limit: int = 500) -> list[Run]:
        """The runs of a kind that these owners have begun since then, oldest first, without their series.

        `since`: seconds since 1970.
        """
        query = (
            RUNS.select()
            .where(RUNS.c.owner.in_(owners), RUNS.c.kind == kind, RUNS.c.created >= since)
            .order_by(RUNS.c.created)
            .limit(limit)
        )
        with self._transaction() as connection:
            return [self._seen(row) for row in connection.execute(query).mappings()]

    def last_values(self, owners: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, float]]:
        """For each run of these owners, by its id: the newest finite value of each of these metrics."""
        newest = (
            sa.select(METRICS.c.run_id, METRICS.c.name, sa.func.max(METRICS.c.step).label("step"))
            .join(RUNS, RUNS.c.id == METRICS.c.run_id)
            .where(RUNS.c.owner.in_(owners), METRICS.c.name.in_(names), METRICS.c.value.is_not(None))
            .group_by(METRICS.c.run_id, METRICS.c.name)
            .subquery()
        )
        query = sa.select(METRICS.c.run_id, METRICS.c.name, METRICS.c.value).join(
            newest,
            (METRICS.c.run_id == newest.c.run_id)
            & (METRICS.c.name == newest.c.name)
            & (METRICS.c.step == newest.c.step),
        )
        values: dict[str, dict[str, float]] = {}
        with self._transaction() as connection:
            for run_id, name, value in connection.execute(query):
                values.setdefault(run_id, {})[name] = value
        return values

    def known_checkpoints(self) -> dict[str, list[Path]]:
        """For each run, by its id: where its recorded weights lie."""
        query = sa.select(RUNS.c.id, CHECKPOINTS.c.path).join(
            CHECKPOINTS, CHECKPOINTS.c.run_id == RUNS.c.id, isouter=True
        )
        known: dict[str, list[Path]] = {}
        with self._transaction() as connection:
            for run_id, path in connection.execute(query):
                name = [Path(str(path)).name] if path else []
                known.setdefault(run_id, []).extend(self.run_folder(run_id) / each for each in name)
        return known

    def active_ids(self) -> list[str]:
        """The runs of every owner that are under way, here or in another process."""
        query = sa.select(RUNS.c.id).where(RUNS.c.status.in_(ACTIVE))
        with self._transaction() as connection:
            return list(connection.execute(query).scalars())

    def oldest_ended(self) -> list[str]:
        """The runs that are not under way and keep more than one checkpoint, oldest first."""
        query = (
            sa.select(RUNS.c.id)
            .join(CHECKPOINTS, CHECKPOINTS.c.run_id == RUNS.c.id)
            .where(RUNS.c.status.not_in(ACTIVE))
            .group_by(RUNS.c.id)
            .having(sa.func.count() > 1)
            .order_by(RUNS.c.created)
        )
        with self._transaction() as connection:
            return list(connection.execute(query).scalars())

    def there(self, run_ids: Collection[str]) -> set[str]:
        """Which of these runs the record has."""
        query = sa.select(RUNS.c.id).where(RUNS.c.id.in_(run_ids))
        with self._transaction() as connection:
            return set(connection.execute(query).scalars())

    def owner_of_each(self) -> dict[str, str]:
        """Of every run, by its id."""
        with self._transaction() as connection:
            return {str(run_id): str(owner) for run_id, owner in connection.execute(OWNERS)}

    def counts(self, owner: str) -> tuple[int, int]:
        """How many runs an owner has, and how many there are of whatever owner."""
        with self._transaction() as connection:
            of_owner, of_all = connection.execute(BOTH, {"owner": owner}).one()
        return int(of_owner), int(of_all)

    def known_runs(self) -> dict[str, tuple[Run, bool]]:
        """Every run by its id, without its series, and whether a living process holds it."""
        saved: dict[str, list[sa.Row[tuple[Any, ...]]]] = {}
        with self._transaction() as connection:
            for checkpoint in connection.execute(CHECKPOINTS.select().order_by(CHECKPOINTS.c.step)):
                saved.setdefault(checkpoint.run_id, []).append(checkpoint)
            rows = connection.execute(RUNS.select()).mappings().all()
        found = {}
        for row in rows:
            folder = self.run_folder(str(row["id"]))
            run = run_of(row, checkpoints=checkpoints_of(saved.get(row["id"], ()), folder))
            found[run.id] = run, run.active and self._holding(row) != "gone"
        return found

    def holder_of(self, run_id: str) -> Holder | None:
        """The process that holds a run under way; None if it is gone, or the run has ended."""
        query = sa.select(*COLUMNS).where(RUNS.c.id == run_id, RUNS.c.status.in_(ACTIVE))
        with self._transaction() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or (how := self._holding(row)) == "gone":
            return None
        return Holder(int(row["pid"]), how, here=row["place"] == place(os.getpid()))

    def gone(self) -> list[str]:
        """The deleted runs whose weights are still to be removed from an object store."""
        with self._transaction() as connection:
            return list(connection.execute(sa.select(GONE.c.run_id)).scalars())

    def forget_gone(self, run_id: str) -> None:
        """The weights of this deleted run are removed."""
        self._write([GONE.delete().where(GONE.c.run_id == run_id)])

    def forsaken(self, seconds: float) -> list[str]:
        """The ended runs that nobody can look at by a link, of owners who have not been here for so long.

        Whose owner has been away longest comes first, and of these the oldest.
        """
        query = sa.select(RUNS.c.id).where(*is_forsaken(seconds)).order_by(RUNS.c.seen, RUNS.c.created)
        with self._transaction() as connection:
            return list(connection.execute(query).scalars())

    def never_begun(self, seconds: float) -> list[str]:
        """The runs that ended before their first step, so long ago, oldest first."""
        query = sa.select(RUNS.c.id).where(*is_empty(seconds)).order_by(RUNS.c.created)
        with self._transaction() as connection:
            return list(connection.execute(query).scalars())

    def count_all(self) -> int:
        """How many runs there are, of whatever owner."""
        with self._transaction() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(RUNS)).scalar_one())


def is_forsaken(seconds: float) -> tuple[sa.ColumnElement[bool], ...]:
    """Of a row: it is under way nowhere, shown to nobody, and its owner has not been here for so long."""
    return (
        RUNS.c.status.not_in(ACTIVE),
        RUNS.c.seen < now() - seconds,
        RUNS.c.shared.is_(False),
        RUNS.c.owner != LOCAL_OWNER,
    )


def is_empty(seconds: float) -> tuple[sa.ColumnElement[bool], ...]:
    """Of a row: it ended before its first step, was begun so long ago, and is shown to nobody."""
    return (
        RUNS.c.status.in_(("stopped", "failed")),
        RUNS.c.step == 0,
        RUNS.c.created < now() - seconds,
        RUNS.c.shared.is_(False),
    )
