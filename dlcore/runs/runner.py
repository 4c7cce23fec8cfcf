"""Runs in worker processes: taken in, shared out fairly, followed, and written down.

Active runs are read from this object's memory; a run leaves it once its end is in the store.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dlcore.errors import DlcoreError, EndedError, RunError
from dlcore.run import Run, new_run
from dlcore.run_config import RunConfig
from dlcore.runs.elsewhere import ENDED, refuse_held, take_up
from dlcore.runs.house import House
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.live import Live, taken_up, where_to_go_on
from dlcore.runs.lost import Lost
from dlcore.runs.placing import Places, check_engine, check_places, seen, threads_for, waiting
from dlcore.runs.pool import Handle, LocalPool, Pool
from dlcore.runs.protocol import Cancel, Control, Report, Steer
from dlcore.runs.storage.budget import check_room
from dlcore.runs.storage.disk import USUAL_LIMIT, delete_checkpoints
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, Writer

MAX_WORKERS = 4
HELD_UP = "The process of this run does not answer at the moment: wait for it, then try again."

log = logging.getLogger(__name__)


class Runner:
    """Owns every active run. Any thread may call; nothing here blocks for long."""

    def __init__(
        self,
        store: Store,
        *,
        pool: Pool | None = None,
        cores: int | None = None,
        max_workers: int | None = None,
        accelerator: bool = False,
        limit_bytes: int = USUAL_LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.limit_bytes = limit_bytes  # of the data folder
        self.pool = pool or LocalPool()
        self.pool.listen(self._on_report, self._on_end)
        self._cores = cores or os.cpu_count() or 1
        max_workers = max_workers or min(self._cores, MAX_WORKERS)
        self._places = Places(self.pool, max_workers=max_workers, accelerator=accelerator, clock=clock)
        self._lock = threading.RLock()
        self._live: dict[str, Live] = {}  # in the order of submission
        self._expected = next(iter(RUN_KINDS))  # the kind of run that idle workers are made ready for
        self._closing = False
        self._lost = Lost(elsewhere=self.pool.elsewhere)
        self._house = House(store, clock, turn=self._lock, woken=self._wake_up)
        self._writer = Writer(store, self._written, self.keep_house, self._write_anew, self._lose)
        self._house.begin()
        self._schedule()
        self._writer.start()

    @property
    def trouble(self) -> str:
        """Why runs are not written down, in a sentence; "" if they are."""
        return self._writer.trouble

    @property
    def warning(self) -> str:
        """What goes next when the data folder is full; "" while there is room."""
        return self._house.warning

    @property
    def used_bytes(self) -> int:
        """Of the data folder, looked up now and then."""
        return self._house.used_bytes

    # --- asked by pages -----------------------------------------------------------------------

    def submit(
        self,
        owner: str,
        kind: str,
        config: RunConfig,
        *,
        name: str,
        planned: tuple[tuple[int, str, float], ...] = (),
        address: str = "",
        threads: int = 0,
    ) -> str:
        """Begin a run, or queue it; its id. `planned` are controls: step, name, value.

        `threads` 0: as many as cores are free. `address` is where it comes from, "" is here. Raises RunError
        if owner or address has too many active runs, or there is no room, StoreError if it can't be recorded.
        """
        if kind not in RUN_KINDS:
            raise RunError(f"The kind of a run must be one of {', '.join(RUN_KINDS)}. Got {kind!r} instead.")
        check_engine(self.pool)
        with self._lock:
            check_places(self._live.values(), owner, address)
            check_room(self.store, owner, self.used_bytes, self.limit_bytes)
            run = new_run(owner, kind, config, name=name, threads=threads)
            self.store.create(run)
            self._expected = kind
            self._live[run.id] = Live(run, planned=planned, address=address)
            self._schedule()
            return run.id

    def resume(
        self, run_id: str, *, config: RunConfig | None = None, step: Control | None = None, address: str = ""
    ) -> None:
        """An ended run goes on from its newest whole epoch, as if it had never ended.

        `config` is its own with more epochs; after this `step` it pauses again. Raises RunError if
        the run is unknown, under way, or cannot go on.
        """
        check_engine(self.pool)
        self._writer.flush()
        with self._lock:
            run, checkpoint = where_to_go_on(None if run_id in self._live else self.store.get(run_id))
            check_places(self._live.values(), run.owner, address)
            if config is not None:
                run = replace(run, config=config.model_dump(), total_steps=config.total_steps)
            live = taken_up(run, checkpoint, stepping=step, address=address)
            self.store.take_up(live.run)
            delete_checkpoints([c for c in run.checkpoints if c not in live.run.checkpoints])
            self._live[run_id] = live
            self._schedule()

    def rename(self, run_id: str, name: str) -> None:
        """Raises RunError if it is no name."""
        with self._lock:
            self.store.rename(run_id, name)
            self._change(run_id, name=name.strip())

    def share(self, run_id: str, shared: bool) -> None:
        """May whoever has the run's id look at it?"""
        with self._lock:
            self.store.share(run_id, shared)
            self._change(run_id, shared=shared)

    def _change(self, run_id: str, **changes: Any) -> None:
        if live := self._live.get(run_id):
            live.run = replace(live.run, **changes)

    def delete(self, run_id: str) -> None:
        """Forget a run and its weights for good. Raises RunError while it is under way."""
        self._writer.flush()
        with self._lock:
            live = self._live.get(run_id)
            if live is not None and live.run.active:
                raise RunError("This run is under way: stop it before you delete it.")
            if live is None:
                refuse_held(self.store, run_id)
            self._house.used_bytes -= remove_run(self.store, run_id)
            self._live.pop(run_id, None)

    def get(self, run_id: str) -> Run | None:
        """A run as it stands now, from memory while it is active; None if there is no such run."""
        with self._lock:
            if live := self._live.get(run_id):
                return seen(live, self._live.values())
        return self.store.get(run_id)

    def active_runs(self) -> list[Run]:
        """All active runs, oldest first, without their series."""
        with self._lock:
            return [live.run for live in self._live.values() if live.run.active]

    def control(self, run_id: str, control: Control, address: str = "") -> None:
        """Pause, resume, step, stop or set a value. An interrupted run is first taken up again.

        Raises RunError if the run has ended, or waits in the queue and is to do anything but stop.
        """
        with self._lock:
            if live := self._live.get(run_id):
                self._steer(live, control)
                return
        take_up(self, run_id, control, address)

    def _steer(self, live: Live, control: Control) -> None:
        if not live.run.active:
            raise EndedError(ENDED)
        if live.worker is not None:
            if not live.worker.send(Steer(live.run.id, control)):
                raise RunError(HELD_UP)
        elif control.action == "stop":
            self._take(Report(live.run.id, status="stopped"))
        else:
            raise RunError("This run waits for a free place: it can be stopped, and steered once it runs.")

    def close(self, timeout: float = 5.0) -> None:
        """End the workers and write what is still to be written; active runs are interrupted."""
        with self._lock:
            self._closing = True
        self.pool.close(timeout)
        for run in self.active_runs():
            self._take(Report(run.id, run.seconds, status="interrupted"))
        self._writer.close(timeout)

    # --- workers ------------------------------------------------------------------------------

    def _schedule(self) -> None:
        """Give queued runs to workers."""
        if self._closing:
            return
        lives = self._live.values()
        for live in waiting(lives):
            if worker := self._places.find(live.run, lives):
                self._assign(live, worker)
        self._places.keep_ready(lives, self._expected)

    def _assign(self, live: Live, worker: Handle) -> None:
        live.worker = worker
        active = sum(other.worker is not None for other in self._live.values())
        threads = live.run.threads or threads_for(self._cores, active)  # once and for all
        live.run = replace(live.run, threads=threads)
        worker.send(live.submission(self.store.run_folder(live.run.id), self.store.lease))

    def _on_report(self, report: Report) -> None:
        with self._lock:
            self._take(report)
            self._schedule()

    def _on_end(self, worker: Handle, how: str) -> None:
        """A worker is gone: its runs failed, or go on elsewhere; the others do not notice."""
        with self._lock:
            if self._closing:
                return
            theirs = [live.run for live in self._live.values() if live.worker is worker and live.run.active]
            going_on = [run.id for run in theirs if self._lost.goes_on(run)]
            for run in theirs:
                self._take(self._lost.report(run, how))
            self._schedule()
        for run_id in going_on:
            try:
                self.resume(run_id)
            except DlcoreError as error:
                log.warning("run %s does not go on elsewhere: %s", run_id, error)

    def _take(self, report: Report) -> None:
        """Bring a run up to date with what its worker says."""
        live = self._live.get(report.id)
        if live is None or not live.run.active:
            return
        news = live.hear(report)
        if not live.run.active:
            self._places.leave(live, self._live.values())
        self._writer.put(news)

    # --- the writer's thread ------------------------------------------------------------------

    def _written(self, run: Run) -> None:
        """A run's news are in the store; one that has ended need not be held in memory any more."""
        with self._lock:
            live = self._live.get(run.id)
            if live is not None and not (run.active or live.run.active):
                del self._live[run.id]

    def _write_anew(self) -> None:
        """The database vanished and was begun anew: memory knows the active runs, and those just ended."""
        with self._lock:
            ids = list(self._live)
        for run_id in ids:
            with self._lock:  # one that is deleted meanwhile must not come back
                if live := self._live.get(run_id):
                    self.store.restore(live.whole)

    def _wake_up(self, run_id: str, held: bool) -> None:
        """This process slept, and its run was called interrupted. If nobody took it up, it is as it was."""
        live = self._live.get(run_id)
        if held and live is not None and live.run.active:
            self._writer.put(News(live.run))
        elif not held and self._writer.caught_up:
            self._lose(run_id)

    def _lose(self, run_id: str) -> None:
        """Another process took this run up, or deleted it, while this one slept: it is dropped here."""
        with self._lock:
            live = self._live.get(run_id)
            if live is None or (live.worker is not None and not live.worker.send(Cancel(run_id))):
                return  # its worker is held up: it is told at the next heartbeat
            self._places.leave(live, self._live.values())
            del self._live[run_id]
            self._schedule()

    def keep_house(self) -> None:
        """Keep enough workers ready, and the store in order."""
        with self._lock:
            active = [run_id for run_id, live in self._live.items() if live.run.active]
            self._schedule()
        self._house.keep(active, self.limit_bytes)
