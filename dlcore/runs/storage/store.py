"""Runs on disk: their rows in the database, and one folder per run with its weights and its own record."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from dlcore.errors import LeaseError, RunError, StoreError
from dlcore.run import ACTIVE, SET, Checkpoint, Metric, Run, Status
from dlcore.runs.storage import mending
from dlcore.runs.storage.checkpoint_files import look
from dlcore.runs.storage.damage import Aside
from dlcore.runs.storage.database import (
    CHECKPOINTS,
    GONE,
    IS_THERE,
    METRICS,
    REQUESTS,
    RUNS,
    hold,
    limit_rows,
    replace_rows,
    without,
)
from dlcore.runs.storage.disk import delete_files, forget_blobs, spare
from dlcore.runs.storage.holding import check_lease, holder
from dlcore.runs.storage.leases import WAITS
from dlcore.runs.storage.rows import metric_row, run_row, standing
from dlcore.runs.storage.settling import Settling

NAME = re.compile(r"[\w .,+()·-]{1,40}")
STANDS = RUNS.update().where(RUNS.c.id == sa.bindparam("run_id"))
SEEN_SECONDS = 3600.0  # an owner's visits within an hour are one


class Store(Settling):
    """All runs of this machine, and the codes of their owners. Every call is one short transaction.

    An ended run is in its folder too: see storage/mending.py. Its row tells of the end first, then its
    record; when it goes on, its record first. So a record of an end that is not in the row was in it once.

    A run under way is held by one store at a time, by its `lease`. A store that was silent for so long that
    another took its run up finds another lease there, writes nothing and raises LeaseError.
    """

    def _opened(self, aside: Aside) -> None:
        if self.own_folder:
            for sentence in mending.mend(self, aside):
                self.say(sentence)
            self.empty_journal()
        else:
            mending.finish_deleting(self)

    def create(self, run: Run) -> None:
        """A new run, held by this process."""
        with self._transaction() as connection:
            connection.execute(RUNS.insert(), run_row(run) | holder(self.lease, self.now()))
        try:
            self.write_record(run, self.lease)
        except StoreError:
            self.unbegun.add(run.id)
            with suppress(StoreError):  # a full disk: it is tried again with what else is to be settled
                self.forget_unbegun()
            raise

    def forget_unbegun(self) -> None:
        """Those that could not begin. Raises StoreError if the disk refuses again."""
        for run_id in tuple(self.unbegun):
            self.delete(run_id, only=(RUNS.c.lease == self.lease,))  # another server may have taken it up
            self.unbegun.discard(run_id)

    def restore(self, run: Run) -> None:
        """Put a whole run in the place of what the database knows of it."""
        metrics = [metric_row(run.id, metric) for points in run.series.values() for metric in points]
        checkpoints = [self._checkpoint_row(run.id, checkpoint) for checkpoint in run.checkpoints]
        with self._transaction() as connection:
            for statement in self._forgetting(run.id):
                connection.execute(statement)
            row = run_row(run) | (holder(self.lease, self.now()) if run.active else {})
            connection.execute(RUNS.insert(), row)
            replace_rows(connection, METRICS, metrics)
            replace_rows(connection, CHECKPOINTS, checkpoints)
        self.write_record(run, self.lease if run.active else "")

    def take_up(self, run: Run, *, silent_since: float | None = None, asked: bool = True) -> None:
        """An ended run goes on, perhaps for more epochs, held by this process.

        If a person `asked` for it, the servers that it has lost are forgotten.
        What it measured and saved after `run.step` is dropped: it comes again. Raises LeaseError if another
        process has just taken it up, or it was deleted, or its heartbeat is another than `silent_since`.
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
            **holder(self.lease, self.now()),
        }
        ended = (RUNS.c.id == run.id) & RUNS.c.status.not_in(ACTIVE)
        if silent_since is not None:
            ended &= RUNS.c.heartbeat == silent_since
        if asked:
            values["losses"] = 0
        statements = (
            METRICS.delete().where(after),
            CHECKPOINTS.delete().where((CHECKPOINTS.c.run_id == run.id) & (CHECKPOINTS.c.step > run.step)),
        )
        with self._transaction() as connection:
            if not connection.execute(RUNS.update().where(ended).values(values)).rowcount:
                raise LeaseError(
                    "This run was just taken up by another process, or deleted: look at it again."
                )
            for statement in statements:
                connection.execute(statement)
            if (known := self._read(connection, run.id)) is not None:
                self.write_record(known, self.lease)

    def update(self, run: Run) -> None:
        """Where a run of this process now stands; its series and checkpoints are recorded apart.

        Raises LeaseError if another process has taken it up.
        """
        values = standing(run) | {"heartbeat": self.now()}
        update = STANDS
        if run.status == "interrupted":
            before = sa.case((RUNS.c.status.in_(ACTIVE), RUNS.c.status), else_=RUNS.c.was)
            update = update.values(was="" if run.reason in WAITS else before)
        with self._transaction() as connection:
            check_lease(connection, run.id, self.lease)
            connection.execute(update, values | {"run_id": run.id})

    def end_lost(self, run_id: str, status: Status) -> None:
        """A run whose process is gone ends so; if that process comes back, the run is no longer its own."""
        lost = (RUNS.c.id == run_id) & (RUNS.c.status == "interrupted")
        self._write([RUNS.update().where(lost).values(status=status, reason="", lease="")])
        self.settle_or_later(run_id)

    def rename(self, run_id: str, name: str, changed: Callable[[], object] = lambda: None) -> None:
        """`changed` is called once it is so, before the run's folder says it.

        Raises RunError if the name is empty, too long, or has signs that a page would read as markup.
        """
        if not NAME.fullmatch(name.strip()):
            raise RunError(
                "A name must be 1 to 40 letters, digits, spaces or . , + - · ( ) _. "
                f"Got {name[:40]!r} instead."
            )
        self._write([RUNS.update().where(RUNS.c.id == run_id).values(name=name.strip())])
        changed()
        self.settle_or_later(run_id)

    def share(self, run_id: str, shared: bool, changed: Callable[[], object] = lambda: None) -> None:
        """May whoever has the run's id look at it? `changed` is called as by `rename`."""
        self._write([RUNS.update().where(RUNS.c.id == run_id).values(shared=shared)])
        changed()
        self.settle_or_later(run_id)

    def saw(self, owner: str) -> None:
        """This owner is here: their runs stay."""
        these = (RUNS.c.owner == owner) & (RUNS.c.seen < time.time() - SEEN_SECONDS)
        with self._transaction() as connection:
            if connection.execute(sa.select(RUNS.c.id).where(these).limit(1)).first() is not None:
                connection.execute(RUNS.update().where(these).values(seen=time.time()))

    def delete(
        self,
        run_id: str,
        *,
        going: Callable[[], object] = lambda: None,
        only: Sequence[sa.ColumnElement[bool]] = (),
    ) -> bool:
        """Forget a run with all it measured; its files are not touched.

        `going` is done meanwhile: nobody else describes the run, takes it up or shares it, neither here nor
        in another process, until it is gone. `only` if that is true of it now; False if it is not. Raises
        StoreError if the database refuses; `going` may have been done then.
        """
        with self._transaction() as connection:
            if not hold(connection, run_id, *only):
                return False
            going()
            for statement in self._forgetting(run_id):
                connection.execute(statement)
            if self.blobs is not None:
                replace_rows(connection, GONE, [{"run_id": run_id}])
        return True

    @contextmanager
    def held_ended(self, run_id: str) -> Iterator[Run | None]:
        """A run that is not under way, and that nobody takes up meanwhile; None if there is none."""
        with self._transaction() as connection:
            held = hold(connection, run_id, RUNS.c.status.not_in(ACTIVE))
            yield self._read(connection, run_id) if held else None

    def thin_out(self, run_id: str, *, only_here: bool = False) -> int:
        """A run that is not under way gives up its checkpoints, but for the last and the one it goes on from.

        How many bytes that freed here. Files go first: on a full disk the database, too, needs the room.
        `only_here`: what lies in an object store stays, and nobody asks it. Else it is asked before and after
        the database is held, which others wait for; raises BlobError if it refuses.
        """
        if not only_here:
            look(self.run_folder(run_id), anew=True)
        run = self.get(run_id)
        if run is None or not (dropped := spare(run, only_here=only_here)):
            return 0
        with self._transaction() as connection:
            held = hold(connection, run_id, RUNS.c.status.not_in(ACTIVE))
            now = self._read(connection, run_id) if held else None
            if now is None or (now.step, now.checkpoints) != (run.step, run.checkpoints):
                return 0  # somebody goes on with it, or has just done so
            freed = delete_files(dropped)
            connection.execute(without(run_id, dropped))
        self.undescribed.append(run_id)
        if not only_here:
            forget_blobs(dropped)
        return freed

    def record(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        checkpoints: Sequence[Checkpoint],
        dropped: Sequence[Checkpoint] = (),
        *,
        of_mine: bool = False,
    ) -> None:
        """Append what a run measured and saved, and forget what it no longer keeps, all at once.

        What is known already is replaced. A run that was deleted meanwhile takes nothing. If it is `of_mine`,
        under way here, raises LeaseError when another process has taken it up.
        """
        new = (
            (METRICS, [metric_row(run_id, metric) for metric in metrics]),
            (CHECKPOINTS, [self._checkpoint_row(run_id, checkpoint) for checkpoint in checkpoints]),
        )
        with self._transaction() as connection:
            if connection.execute(IS_THERE, {"run_id": run_id}).first() is None:
                return
            if of_mine:
                check_lease(connection, run_id, self.lease)
            for table, rows in new:
                replace_rows(connection, table, rows)
            for name in {metric.name for metric in metrics if not metric.name.startswith(SET)}:
                limit_rows(connection, run_id, name)
            if dropped:
                connection.execute(without(run_id, dropped))

    def _forgetting(self, run_id: str) -> list[sa.Delete]:
        return [
            REQUESTS.delete().where(REQUESTS.c.run_id == run_id),
            METRICS.delete().where(METRICS.c.run_id == run_id),
            CHECKPOINTS.delete().where(CHECKPOINTS.c.run_id == run_id),
            RUNS.delete().where(RUNS.c.id == run_id),
        ]

    def _checkpoint_row(self, run_id: str, checkpoint: Checkpoint) -> dict[str, Any]:
        path = checkpoint.path.relative_to(self.folder).as_posix()
        return {
            "run_id": run_id,
            "step": checkpoint.step,
            "epoch": checkpoint.epoch,
            "path": path,
            "digest": checkpoint.digest,
        }
