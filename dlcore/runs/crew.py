"""Active runs in worker processes: shared out fairly, followed, and written down.

They are read from this object's memory; a run leaves it once its end is in the store.
"""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from dlcore.errors import RunError
from dlcore.run import Run
from dlcore.runs.house import House
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.live import Live
from dlcore.runs.lost import Lost
from dlcore.runs.placing import MAX_WORKERS, Places, seen, threads_for, waiting
from dlcore.runs.pool import Handle, LocalPool, Pool
from dlcore.runs.protocol import Cancel, Report
from dlcore.runs.storage.disk import USUAL_LIMIT
from dlcore.runs.storage.record import existing
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, Writer


class Crew(ABC):
    """Every active run and who works at it. Any thread may call; nothing here blocks for long.

    None of an owner who is `held` begins.
    """

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
        held: Callable[[str], bool] = lambda owner: False,
    ) -> None:
        self.store = store
        self._held = held
        self.limit_bytes = limit_bytes  # of the data folder
        self.pool = pool or LocalPool()
        self.pool.listen(self._on_report, self._on_end)
        self._cores = cores or os.cpu_count() or 1
        max_workers = max_workers or min(self._cores, MAX_WORKERS)
        self._places = Places(self.pool, max_workers=max_workers, accelerator=accelerator, clock=clock)
        # Who begins, takes up, removes or thins a run waits for the store, and never while it holds the lock:
        # everybody else needs that for a moment.
        self._changing = threading.Lock()
        self._lock = threading.RLock()
        self._live: dict[str, Live] = {}  # in the order of submission
        self._expected = next(iter(RUN_KINDS))  # the kind of run that idle workers are made ready for
        self._closing = False
        self._lost = Lost(elsewhere=self.pool.elsewhere)
        self._house = House(store, clock, turn=self._changing, woken=self._wake_up)
        self._writer = Writer(store, self._written, self.keep_house, self._write_anew, self.lose)
        self._house.begin()
        self._schedule()
        self._writer.start()

    @property
    def trouble(self) -> str:
        """Why runs, or their weights, are not kept at the moment, in a sentence; "" if they are."""
        return self._writer.trouble or (self.store.blobs.trouble if self.store.blobs is not None else "")

    @property
    def warning(self) -> str:
        """What goes next when the data folder is full; "" while there is room."""
        return self._house.warning

    @property
    def used_bytes(self) -> int:
        """Of the data folder, looked up now and then."""
        return self._house.used_bytes

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

    def close(self, timeout: float = 5.0) -> None:
        """End the workers and write what is still to be written; active runs are interrupted."""
        with self._lock:
            self._closing = True
        self.pool.close(timeout)
        with self._lock:
            for live in self._live.values():
                if live.run.active:
                    self._take(Report(live.run.id, live.run.seconds, status="interrupted", reason=live.left))
        self._writer.close(timeout)
        self._house.close()

    # --- workers ------------------------------------------------------------------------------

    def _schedule(self) -> None:
        """Give queued runs to workers."""
        if self._closing or self.pool.trouble:
            return
        lives = self._live.values()
        for live in waiting(lives):
            with suppress(RunError):  # no process begins: it waits, and whoever keeps house tries again
                if not self._held(live.run.owner) and (worker := self._places.find(live.run, lives)):
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
            theirs = [live for live in self._live.values() if live.worker is worker and live.run.active]
            lost = [self._lost.report(live, how) for live in theirs]
            for report, _ in lost:
                self._take(report)
            self._schedule()
        for report, goes_on in lost:
            if goes_on:
                self._resume_lost(report.id)

    @abstractmethod
    def _resume_lost(self, run_id: str) -> None:
        """Its worker is gone, but not all machines are."""

    def _take(self, report: Report) -> None:
        """Bring a run up to date with what its worker says."""
        live = self._live.get(report.id)
        if live is None or not live.run.active:
            return
        self._writer.put(live.hear(report))
        if not live.run.active:
            self._places.leave(live, self._live.values())

    # --- the writer's thread ------------------------------------------------------------------

    def _written(self, run: Run) -> None:
        """A run's news are in the store; one that has ended need not be held in memory any more."""
        with self._lock:
            live = self._live.get(run.id)
            if live is not None and not (run.active or live.run.active):
                del self._live[run.id]

    def _write_anew(self) -> None:
        """The database vanished and was begun anew: memory knows the active runs, and those just ended."""
        with self._changing, self._lock:
            ids = list(self._live)
        for run_id in ids:
            with self._changing:  # one that is deleted meanwhile must not come back
                with self._lock:
                    live = self._live.get(run_id)
                    run = None if live is None else replace(live.run, series=live.series)
                if run is not None:  # its files are asked for without the lock, on a disk that may hang
                    self.store.restore(replace(run, checkpoints=existing(run.checkpoints)))

    def _wake_up(self, run_id: str, held: bool) -> None:
        """This process slept, and its run was called interrupted. If nobody took it up, it is as it was."""
        live = self._live.get(run_id)
        if held and live is not None and live.run.active:
            self._writer.put(News(live.run))
        elif not held and self._writer.caught_up:
            self.lose(run_id)

    def lose(self, run_id: str) -> None:
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
