"""Runs on disk: one SQLite database (or what DLLAB_DATABASE_URL names) and one folder of weights per run."""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import platformdirs
import psutil
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from dlcore.errors import RunError, StoreError
from dlcore.run import ACTIVE, SET, Checkpoint, Metric, Run, Status
from dlcore.runs.storage.database import (
    CHECKPOINTS,
    CODES,
    METRICS,
    RUNS,
    damage,
    limit_rows,
    open_database,
    replace_rows,
    set_aside,
)

STALE_SECONDS = 15.0  # a heartbeat older than this belongs to a process that hangs or is gone
NAME = re.compile(r"[\w .,+()-]{1,40}")
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 8


def data_folder() -> Path:
    """Where runs live: DLLAB_DATA_DIR, else the platform's folder for application data."""
    chosen = os.environ.get("DLLAB_DATA_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("deep-learning-lab", appauthor=False))


class Store:
    """All runs of this machine. Every call is one short transaction; any thread may call.

    Raises StoreError, with the way out, when the database or its folder cannot be used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_folder()
        self.notice = ""  # what people must know of how it was found
        elsewhere = os.environ.get("DLLAB_DATABASE_URL")
        file = self.folder / "runs.sqlite"
        self.own_folder = not elsewhere  # no other database knows of the weights in it
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not elsewhere and (fault := damage(file)):
                self.notice = set_aside(self.folder, fault)
            self._engine = open_database(elsewhere or f"sqlite:///{file}")
        except (OSError, SQLAlchemyError) as error:
            raise StoreError(
                f"The data folder {self.folder} cannot be used ({_cause(error)}): "
                "make it writable or choose another with DLLAB_DATA_DIR."
            ) from error

    def close(self) -> None:
        self._engine.dispose()

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
            **_holder(),
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
            **_holder(),
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
            (METRICS, [_metric_row(run_id, metric) for metric in metrics]),
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
        self._write([RUNS.update().where(RUNS.c.id.in_(list(run_ids))).values(_holder())])

    def interrupt_lost_runs(self) -> list[str]:
        """Mark active runs whose process is gone, or silent for too long, and return their ids."""
        columns = (RUNS.c.id, RUNS.c.pid, RUNS.c.pid_since, RUNS.c.heartbeat)
        with self._transaction() as connection:
            rows = connection.execute(sa.select(*columns).where(RUNS.c.status.in_(ACTIVE))).all()
            lost = [row.id for row in rows if not _held(row.pid, row.pid_since, row.heartbeat)]
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
        series: dict[str, list[Metric]] = {}
        for m in metrics:
            value = float(m.special or "nan") if m.value is None else m.value
            series.setdefault(m.name, []).append(Metric(m.name, m.step, m.epoch, m.seconds, value))
        return _run(
            row,
            series={name: tuple(points) for name, points in series.items()},
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
            return [_run(row) for row in connection.execute(query).mappings()]

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

    def code_of(self, owner: str) -> str:
        """The short code by which this owner is found again from another computer, made at the first call."""
        with self._transaction() as connection:
            query = sa.select(CODES.c.code).where(CODES.c.owner == owner)
            code: str | None = connection.execute(query).scalar_one_or_none()
            if code is None:
                code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
                connection.execute(CODES.insert().values(code=code, owner=owner))
        return code

    def owner_of(self, code: str) -> str | None:
        """Whose code this is, in whatever way it is typed; None if it is nobody's."""
        letters = "".join(letter for letter in code.upper() if letter.isalnum())
        with self._transaction() as connection:
            query = sa.select(CODES.c.owner).where(CODES.c.code == letters)
            owner: str | None = connection.execute(query).scalar_one_or_none()
        return owner

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

    def _write(self, statements: Iterable[sa.Executable]) -> None:
        with self._transaction() as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """One transaction; the database's errors become ours."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(
                f"The run database cannot be used ({_cause(error)}): "
                "try again, or choose another with DLLAB_DATA_DIR."
            ) from error


def _metric_row(run_id: str, metric: Metric) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "name": metric.name,
        "step": metric.step,
        "epoch": metric.epoch,
        "seconds": metric.seconds,
        "value": metric.value if math.isfinite(metric.value) else None,
        "special": "" if math.isfinite(metric.value) else str(metric.value),
    }


def _run(row: Mapping[Any, Any], **more: Any) -> Run:
    return Run(
        id=row["id"],
        owner=row["owner"],
        kind=row["kind"],
        name=row["name"],
        config=json.loads(row["config"]),
        status=cast(Status, row["status"]),
        reason=row["reason"],
        shared=bool(row["shared"]),
        created=row["created"],
        seconds=row["seconds"],
        step=row["step"],
        total_steps=row["total_steps"],
        epoch=row["epoch"],
        threads=row["threads"],
        device=row["device"],
        watched=tuple(map(tuple, json.loads(row["watched"]))),
        **more,
    )


def _holder() -> dict[str, Any]:
    """This process, as the one that holds a run."""
    return {"pid": os.getpid(), "pid_since": _started(os.getpid()), "heartbeat": time.time()}


@lru_cache(maxsize=1)
def _started(pid: int) -> float:
    return float(psutil.Process(pid).create_time())


def _held(pid: int, since: float, heartbeat: float) -> bool:
    """Does a living process hold this run? A process id can be used again, hence its time of birth."""
    try:
        born = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(born - since) < 1 and abs(time.time() - heartbeat) < STALE_SECONDS


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
