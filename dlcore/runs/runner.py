"""Runs in worker processes: taken in, shared out fairly, followed, and written down.

Active runs are read from this object's memory; a run leaves it once its end is in the store.
"""

from __future__ import annotations

import logging
import os
import queue
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dlcore.errors import RunError, StoreError
from dlcore.events import Watched
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import (
    ACTIVE,
    Checkpoint,
    Control,
    Metric,
    Report,
    Run,
    Series,
    Steer,
    Submission,
    Warm,
    metrics_of,
)
from dlcore.runs.store import Store
from dlcore.schema import Config

MAX_WORKERS = 4
RUNS_PER_WORKER = 8
MAX_ACTIVE_PER_OWNER = 8
POINTS_IN_MEMORY = 1000  # per series; beyond, every second point goes
HEARTBEAT_SECONDS = 2.0
WRITE_SECONDS = 0.25
IDLE_SECONDS = 300.0

log = logging.getLogger(__name__)


def threads_for(cores: int, active: int) -> int:
    """How many threads a run gets for its whole life when it starts as one of `active` runs."""
    return max(1, cores // max(1, active))


@dataclass
class _Live:
    """An active run: its record, and its series as they grow."""

    run: Run
    series: dict[str, list[Metric]] = field(default_factory=dict)
    worker: WorkerProcess | None = None

    def add(self, metrics: Sequence[Metric]) -> None:
        for metric in metrics:
            points = self.series.setdefault(metric.name, [])
            points.append(metric)
            if len(points) > POINTS_IN_MEMORY:
                del points[-2::-2]  # keeps the newest


@dataclass
class _Written:
    """What the writer still has to put into the store for one run."""

    run: Run
    metrics: list[Metric] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)


class Runner:
    """Owns the workers and every active run. Any thread may call; nothing here blocks for long."""

    def __init__(self, store: Store, *, max_workers: int | None = None, accelerator: bool = False) -> None:
        self.store = store
        self._accelerator = accelerator
        self._gpu_worker: WorkerProcess | None = None  # the one process that may use the GPU
        self._cores = os.cpu_count() or 1
        self._max_workers = max_workers or min(self._cores, MAX_WORKERS)
        self._lock = threading.RLock()
        self._live: dict[str, _Live] = {}  # in the order of submission
        self._workers: dict[WorkerProcess, float] = {}  # and since when each is idle
        self._unwritten: queue.Queue[_Written | None] = queue.Queue()
        self._closing = False
        self._writer = threading.Thread(target=self._write, name="run-writer", daemon=True)
        store.interrupt_lost_runs()
        self._start_worker()
        self._writer.start()

    # --- asked by pages -----------------------------------------------------------------------

    def submit(self, owner: str, kind: str, config: Config, *, name: str, total_steps: int) -> str:
        """Begin a run, or queue it, and return its id.

        Raises RunError if this owner has too many active runs, StoreError if it cannot be recorded.
        """
        if kind not in RUN_KINDS:
            raise RunError(f"The kind of a run must be one of {', '.join(RUN_KINDS)}. Got {kind!r} instead.")
        with self._lock:
            mine = [live.run for live in self._live.values() if live.run.owner == owner]
            if sum(run.active for run in mine) >= MAX_ACTIVE_PER_OWNER:
                raise RunError(
                    f"You have {MAX_ACTIVE_PER_OWNER} runs active: stop one of them before starting another."
                )
            run = Run(
                id=secrets.token_urlsafe(9),
                owner=owner,
                kind=kind,
                name=name,
                config=config.model_dump(),
                status="queued",
                created=time.time(),
                total_steps=total_steps,
            )
            self.store.create(run)
            self._live[run.id] = _Live(run)
            self._schedule()
            return run.id

    def get(self, run_id: str) -> Run | None:
        """A run as it stands now, from memory while it is active; None if there is no such run."""
        with self._lock:
            live = self._live.get(run_id)
            if live is not None:
                return self._view(live)
        return self.store.get(run_id)

    def active_runs(self) -> list[Run]:
        """All active runs, oldest first, without their series."""
        with self._lock:
            return [live.run for live in self._live.values() if live.run.active]

    def control(self, run_id: str, control: Control) -> None:
        """Pause, resume, step, stop or set a value.

        Raises RunError if the run is not active, or waits in the queue and is to do anything but stop.
        """
        with self._lock:
            live = self._live.get(run_id)
            if live is None or not live.run.active:
                raise RunError("This run has ended: start it again to steer it.")
            if live.worker is not None:
                live.worker.send(Steer(run_id, control))
            elif control.action == "stop":
                self._take(Report(run_id, status="stopped"))
            else:
                raise RunError(
                    "This run waits for a free place: it can be stopped, and steered once it runs."
                )

    def close(self, timeout: float = 5.0) -> None:
        """End the workers and write what is still to be written."""
        with self._lock:
            self._closing = True
            workers = list(self._workers)
            for worker in workers:
                worker.close()
        for worker in workers:
            worker.join(timeout)
        self._unwritten.put(None)
        self._writer.join(timeout)

    # --- workers ------------------------------------------------------------------------------

    def _start_worker(self) -> WorkerProcess:
        worker = WorkerProcess(self._on_report, self._on_end)
        self._workers[worker] = time.monotonic()
        for name in RUN_KINDS:
            worker.send(Warm(name))
        return worker

    def _waiting(self) -> list[_Live]:
        """Queued runs, the next one first: owners with the fewest running, then the oldest run."""
        before = Counter(live.run.owner for live in self._live.values() if live.worker is not None)
        waiting: list[tuple[int, _Live]] = []
        for live in self._live.values():
            if live.worker is None and live.run.active:
                waiting.append((before[live.run.owner], live))
                before[live.run.owner] += 1
        return [live for _, live in sorted(waiting, key=lambda pair: pair[0])]

    def _schedule(self) -> None:
        """Give queued runs to workers."""
        if self._closing:
            return
        for live in self._waiting():
            load = Counter(live.worker for live in self._live.values() if live.worker is not None)
            if self._wants_gpu(live.run):
                worker = self._gpu_worker = self._gpu_worker or self._start_worker()
            else:
                worker = min(self._cpu_workers() or [self._start_worker()], key=lambda worker: load[worker])
            if load[worker] < RUNS_PER_WORKER:
                self._assign(live, worker, load.total() + 1)
        busy = {live.worker for live in self._live.values()}
        workers = self._cpu_workers()
        if all(worker in busy for worker in workers) and len(workers) < self._max_workers:
            self._start_worker()  # one is always ready for the next run

    def _wants_gpu(self, run: Run) -> bool:
        """Would this run compute on this machine's GPU? Kinds without a device never do."""
        return self._accelerator and run.config.get("device", "cpu") != "cpu"

    def _cpu_workers(self) -> list[WorkerProcess]:
        return [worker for worker in self._workers if worker is not self._gpu_worker]

    def _assign(self, live: _Live, worker: WorkerProcess, active: int) -> None:
        live.worker = worker
        live.run = replace(live.run, threads=threads_for(self._cores, active))
        run = live.run
        worker.send(
            Submission(
                run.id, run.owner, run.kind, run.config, self.store.run_folder(run.id), threads=run.threads
            )
        )

    def _on_report(self, worker: WorkerProcess, report: Report) -> None:
        with self._lock:
            self._take(report)
            self._schedule()

    def _on_end(self, worker: WorkerProcess, code: int) -> None:
        """A worker is gone: its runs failed, the others do not notice, and a new one takes its place."""
        with self._lock:
            self._forget(worker)
            if self._closing:
                return
            for live in list(self._live.values()):
                if live.worker is worker and live.run.active:
                    why = f"The worker process ended unexpectedly (exit code {code}): start the run again."
                    self._take(Report(live.run.id, live.run.seconds, status="failed", reason=why))
            if not self._workers:
                self._start_worker()
            self._schedule()

    def _forget(self, worker: WorkerProcess) -> None:
        self._workers.pop(worker, None)
        if worker is self._gpu_worker:
            self._gpu_worker = None

    def _take(self, report: Report) -> None:
        """Bring a run up to date with what its worker says."""
        live = self._live.get(report.id)
        if live is None or not live.run.active:
            return
        metrics = [m for event in report.events for m in metrics_of(event, report.seconds)]
        live.add(metrics)
        looks = [event.probabilities for event in report.events if isinstance(event, Watched)]
        live.run = replace(
            live.run,
            status=report.status or live.run.status,
            reason=report.reason or live.run.reason,
            seconds=max(report.seconds, live.run.seconds),
            step=max(report.step, live.run.step),
            epoch=max((m.epoch for m in metrics if m.name == "epoch_loss"), default=live.run.epoch),
            device=report.device or live.run.device,
            checkpoints=live.run.checkpoints + report.checkpoints,
            watched=looks[-1] if looks else live.run.watched,
        )
        if not live.run.active:
            if live.worker in self._workers:  # it may be gone: that is why the run ended
                self._workers[live.worker] = time.monotonic()
            live.worker = None
        self._unwritten.put(_Written(live.run, metrics, list(report.checkpoints)))

    def _view(self, live: _Live) -> Run:
        waiting = [other.run.id for other in self._waiting()] if live.run.status == "queued" else []
        series: Series = {name: tuple(points) for name, points in live.series.items()}
        return replace(
            live.run,
            series=series,
            queue_position=waiting.index(live.run.id) + 1 if live.run.id in waiting else 0,
            sharing=sum(other.run.status == "running" for other in self._live.values()),
        )

    # --- the writer's thread ------------------------------------------------------------------

    def _write(self) -> None:
        """Put reports into the store in batches, keep the heartbeat, let idle workers go."""
        next_heartbeat = 0.0
        batch: dict[str, _Written] = {}
        open = True
        while open:
            open = self._collect(batch)
            batch = {run_id: written for run_id, written in batch.items() if not self._store(written)}
            if time.monotonic() >= next_heartbeat:
                next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
                self._keep_house()

    def _collect(self, batch: dict[str, _Written]) -> bool:
        """Add to `batch`, per run, what comes in during WRITE_SECONDS; False after the very last."""
        until = time.monotonic() + WRITE_SECONDS
        while (left := until - time.monotonic()) > 0:
            try:
                written = self._unwritten.get(timeout=left)
            except queue.Empty:
                break
            if written is None:
                return False
            known = batch.setdefault(written.run.id, _Written(written.run))
            known.run = written.run
            known.metrics += written.metrics
            known.checkpoints += written.checkpoints
        return True

    def _store(self, written: _Written) -> bool:
        """Write a run's news; False if the database refuses: the run goes on, its news wait."""
        try:
            self.store.record(written.run.id, written.metrics, written.checkpoints)
            self.store.update(written.run)
        except StoreError as error:
            log.warning("run %s: %s", written.run.id, error)
            return False
        if not written.run.active:
            with self._lock:
                self._live.pop(written.run.id, None)
        return True

    def _keep_house(self) -> None:
        with self._lock:
            active = [run_id for run_id, live in self._live.items() if live.run.status in ACTIVE]
            busy = {live.worker for live in self._live.values()}
            now = time.monotonic()
            idle = [w for w, since in self._workers.items() if w not in busy and now - since > IDLE_SECONDS]
            for worker in idle[: len(self._workers) - 1]:
                self._forget(worker)  # at once, or a new run could be given to it
                worker.close()
        try:
            self.store.heartbeat(active)
        except StoreError as error:
            log.warning("heartbeat: %s", error)
