"""Runs on disk: one SQLite database (or what DLLAB_DATABASE_URL names) and one folder of weights per run."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import platformdirs
import psutil
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from dlcore.errors import StoreError
from dlcore.runs.protocol import ACTIVE, Checkpoint, Metric, Run, Status

STALE_SECONDS = 15.0  # a heartbeat older than this belongs to a process that hangs or is gone

_schema = sa.MetaData()
_runs = sa.Table(
    "runs",
    _schema,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("config", sa.Text, nullable=False),  # JSON
    sa.Column("status", sa.String, nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("total_steps", sa.Integer, nullable=False, default=0),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("threads", sa.Integer, nullable=False, default=0),
    sa.Column("device", sa.String, nullable=False, default=""),
    sa.Column("watched", sa.Text, nullable=False, default="[]"),  # JSON
    sa.Column("pid", sa.Integer, nullable=False, default=0),  # of the process that holds the run
    sa.Column("heartbeat", sa.Float, nullable=False, default=0.0),
)
_metrics = sa.Table(
    "metrics",
    _schema,
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("value", sa.Float, nullable=True),  # null where the number was not finite
)
_checkpoints = sa.Table(
    "checkpoints",
    _schema,
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("path", sa.String, nullable=False),  # relative to the data folder
    sa.Column("digest", sa.String, nullable=False),
)


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
        url = os.environ.get("DLLAB_DATABASE_URL") or f"sqlite:///{self.folder / 'runs.sqlite'}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(url)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _prepare_sqlite)
            _schema.create_all(self._engine)
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
            "pid": os.getpid(),
            "heartbeat": time.time(),
        }
        self._write([_runs.insert().values(row)])

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
        self._write([_runs.update().where(_runs.c.id == run.id).values(values)])

    def record(self, run_id: str, metrics: Sequence[Metric], checkpoints: Sequence[Checkpoint]) -> None:
        """Append what a run measured and saved. What is known already is replaced."""
        for table, rows in (
            (_metrics, [_metric_row(run_id, metric) for metric in metrics]),
            (_checkpoints, [self._checkpoint_row(run_id, checkpoint) for checkpoint in checkpoints]),
        ):
            if rows:
                keys = [column.name for column in table.primary_key]
                rows = list({tuple(row[key] for key in keys): row for row in rows}.values())
                same = sa.and_(*(table.c[key] == sa.bindparam(f"_{key}") for key in keys))
                with self._transaction() as connection:
                    old = [{f"_{key}": row[key] for key in keys} for row in rows]
                    connection.execute(table.delete().where(same), old)
                    connection.execute(table.insert(), rows)

    def heartbeat(self, run_ids: Iterable[str]) -> None:
        """These runs are held by a living process."""
        self._write([_runs.update().where(_runs.c.id.in_(list(run_ids))).values(heartbeat=time.time())])

    def interrupt_lost_runs(self) -> list[str]:
        """Mark active runs whose process is gone, or silent for too long, and return their ids."""
        columns = (_runs.c.id, _runs.c.pid, _runs.c.heartbeat)
        with self._transaction() as connection:
            rows = connection.execute(sa.select(*columns).where(_runs.c.status.in_(ACTIVE))).all()
            lost = [row.id for row in rows if not _held(row.pid, row.heartbeat)]
            connection.execute(_runs.update().where(_runs.c.id.in_(lost)).values(status="interrupted"))
        return lost

    def get(self, run_id: str) -> Run | None:
        """A run with its series and checkpoints; None if there is no such run."""
        with self._transaction() as connection:
            row = connection.execute(_runs.select().where(_runs.c.id == run_id)).mappings().one_or_none()
            if row is None:
                return None
            metrics = connection.execute(
                _metrics.select().where(_metrics.c.run_id == run_id).order_by(_metrics.c.step)
            ).all()
            checkpoints = connection.execute(
                _checkpoints.select().where(_checkpoints.c.run_id == run_id).order_by(_checkpoints.c.step)
            ).all()
        series: dict[str, list[Metric]] = {}
        for m in metrics:
            value = math.nan if m.value is None else m.value
            series.setdefault(m.name, []).append(Metric(m.name, m.step, m.epoch, m.seconds, value))
        return _run(
            row,
            series={name: tuple(points) for name, points in series.items()},
            checkpoints=tuple(
                Checkpoint(self.folder / c.path, c.digest, c.epoch, c.step) for c in checkpoints
            ),
        )

    def runs_of(self, owner: str, *, limit: int = 50) -> list[Run]:
        """An owner's latest runs, newest first, without series and checkpoints."""
        query = _runs.select().where(_runs.c.owner == owner).order_by(_runs.c.created.desc()).limit(limit)
        with self._transaction() as connection:
            return [_run(row) for row in connection.execute(query).mappings()]

    def count(self, owner: str, prefix: str = "") -> int:
        """How many runs of an owner have a name that begins so."""
        query = sa.select(sa.func.count()).where(
            _runs.c.owner == owner, _runs.c.name.startswith(prefix, autoescape=True)
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


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers and the writer do not block each other; a commit survives the end of this process."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _metric_row(run_id: str, metric: Metric) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "name": metric.name,
        "step": metric.step,
        "epoch": metric.epoch,
        "seconds": metric.seconds,
        "value": metric.value if math.isfinite(metric.value) else None,
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


def _held(pid: int, heartbeat: float) -> bool:
    """Does a living process hold this run? A process id can be used again, hence the heartbeat."""
    return psutil.pid_exists(pid) and abs(time.time() - heartbeat) < STALE_SECONDS


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
