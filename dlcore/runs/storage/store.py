"""Runs on disk: their records in the database, and one folder of weights per run."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dlcore.errors import RunError
from dlcore.run import ACTIVE, SET, Checkpoint, Metric, Run
from dlcore.runs.storage.codes import Codes
from dlcore.runs.storage.database import CHECKPOINTS, METRICS, RUNS, limit_rows, replace_rows
from dlcore.runs.storage.rows import held, holder, metric_row, run_of, series_of

NAME = re.compile(r"[\w .,+()-]{1,40}")


class Store(Codes):
    """All runs of this machine, and the codes of their owners. Every call is one short transaction."""

    def run_folder(self, run_id: str) -> Path:
        """Where a run's weights go."""
        return self.folder / "runs" / run_id

    def create(self, run: Run) -> None:
        """A new run, held by this process."""
        row = {
            "id": run.id,
            "owner": run.owner,
            "kind": run.kind,
            "name": run.name,
            "config": json.dumps(dict(run.config)),
            "status": run.status,
            "created": run.created,
            "total_steps": run.total_steps,
            "threads": run.threads,
            **holder(),
        }
        self._write([RUNS.insert().values(row)])

    def take_up(self, run: Run) -> None:
        """An ended run goes on, perhaps for more epochs, held by this process.

        What it measured and saved after `run.step` is dropped: it comes again.
        """
        after = (METRICS.c.run_id == run.id) & (
            (METRICS.c.step > run.step)
            | ((METRICS.c.step == run.step) & METRICS.c.name.startswith(SET, autoescape=True))
        )
        values = {
            "config": json.dumps(dict(run.config)),
            "total_steps": run.total_steps,
            "step": run.step,
            "epoch": run.epoch,
            "status": run.status,
            "reason": run.reason,
            **holder(),
        }
        self._write(
            [
                METRICS.delete().where(after),
                CHECKPOINTS.delete().where(
                    (CHECKPOINTS.c.run_id == run.id) & (CHECKPOINTS.c.step > run.step)
                ),
                RUNS.update().where(RUNS.c.id == run.id).values(values),
            ]
        )

    def update(self, run: Run) -> None:
        """Where a run now stands; its series and checkpoints are recorded apart."""
        values = {
            "status": run.status,
            "reason": run.reason,
            "seconds": run.seconds,
            "step": run.step,
            "epoch": run.epoch,
            "threads": run.threads,
            "device": run.device,
            "watched": json.dumps(run.watched),
            "heartbeat": time.time(),
        }
        self._write([RUNS.update().where(RUNS.c.id == run.id).values(values)])

    def rename(self, run_id: str, name: str) -> None:
        """Raises RunError if the name is empty, too long, or has signs that a page would read as markup."""
        if not NAME.fullmatch(name.strip()):
            raise RunError(
                f"A name must be 1 to 40 letters, digits, spaces or . , + - ( ) _. Got {name[:40]!r} instead."
            )
        self._write([RUNS.update().where(RUNS.c.id == run_id).values(name=name.strip())])

    def share(self, run_id: str, shared: bool) -> None:
        """May whoever has the run's id look at it?"""
        self._write([RUNS.update().where(RUNS.c.id == run_id).values(shared=shared)])

    def delete(self, run_id: str) -> None:
        """Forget a run with all it measured; its files are not touched."""
        self._write(
            [
                METRICS.delete().where(METRICS.c.run_id == run_id),
                CHECKPOINTS.delete().where(CHECKPOINTS.c.run_id == run_id),
                RUNS.delete().where(RUNS.c.id == run_id),
            ]
        )

    def record(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        checkpoints: Sequence[Checkpoint],
        dropped: Sequence[Checkpoint] = (),
    ) -> None:
        """Append what a run measured and saved, and forget what it no longer keeps, all at once.

        What is known already is replaced. A run that was deleted meanwhile takes nothing.
        """
        new = (
            (METRICS, [metric_row(run_id, metric) for metric in metrics]),
            (CHECKPOINTS, [self._checkpoint_row(run_id, checkpoint) for checkpoint in checkpoints]),
        )
        with self._transaction() as connection:
            if connection.execute(sa.select(RUNS.c.id).where(RUNS.c.id == run_id)).first() is None:
                return
            for table, rows in new:
                replace_rows(connection, table, rows)
            for name in {metric.name for metric in metrics}:
                limit_rows(connection, run_id, name)
            steps = [checkpoint.step for checkpoint in dropped]
            connection.execute(
                CHECKPOINTS.delete().where((CHECKPOINTS.c.run_id == run_id) & CHECKPOINTS.c.step.in_(steps))
            )

    def heartbeat(self, run_ids: Iterable[str]) -> None:
        """These runs are held by this process, which lives."""
        self._write([RUNS.update().where(RUNS.c.id.in_(list(run_ids))).values(holder())])

    def interrupt_lost_runs(self) -> list[str]:
        """Mark active runs whose process is gone, or silent for too long, and return their ids."""
        columns = (RUNS.c.id, RUNS.c.pid, RUNS.c.pid_since, RUNS.c.heartbeat)
        with self._transaction() as connection:
            rows = connection.execute(sa.select(*columns).where(RUNS.c.status.in_(ACTIVE))).all()
            lost = [row.id for row in rows if not held(row.pid, row.pid_since, row.heartbeat)]
            connection.execute(RUNS.update().where(RUNS.c.id.in_(lost)).values(status="interrupted"))
        return lost

    def get(self, run_id: str) -> Run | None:
        """A run with its series and checkpoints; None if there is no such run."""
        with self._transaction() as connection:
            row = connection.execute(RUNS.select().where(RUNS.c.id == run_id)).mappings().one_or_none()
            if row is None:
                return None
            metrics = connection.execute(
                METRICS.select().where(METRICS.c.run_id == run_id).order_by(METRICS.c.step)
            ).all()
            checkpoints = connection.execute(
                CHECKPOINTS.select().where(CHECKPOINTS.c.run_id == run_id).order_by(CHECKPOINTS.c.step)
            ).all()
        return run_of(
            row,
            series=series_of(metrics),
            checkpoints=tuple(
                Checkpoint(self.folder / c.path, c.digest, c.epoch, c.step) for c in checkpoints
            ),
        )

    def runs_of(self, owner: str, *, kind: str | None = None, limit: int = 50) -> list[Run]:
        """An owner's latest runs, of one kind or all, newest first, without series and checkpoints."""
        query = RUNS.select().where(RUNS.c.owner == owner).order_by(RUNS.c.created.desc()).limit(limit)
        if kind is not None:
            query = query.where(RUNS.c.kind == kind)
        with self._transaction() as connection:
            return [run_of(row) for row in connection.execute(query).mappings()]

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
                known.setdefault(run_id, []).extend([self.folder / path] if path else [])
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

    def count(self, owner: str, prefix: str = "") -> int:
        """How many runs of an owner have a name that begins so."""
        query = sa.select(sa.func.count()).where(
            RUNS.c.owner == owner, RUNS.c.name.startswith(prefix, autoescape=True)
        )
        with self._transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def _checkpoint_row(self, run_id: str, checkpoint: Checkpoint) -> dict[str, Any]:
        path = checkpoint.path.relative_to(self.folder).as_posix()
        return {
            "run_id": run_id,
            "step": checkpoint.step,
            "epoch": checkpoint.epoch,
            "path": path,
            "digest": checkpoint.digest,
        }
