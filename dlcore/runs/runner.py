"""Runs in worker processes: taken in, shared out fairly, followed, and written down.

Active runs are read from this object's memory; a run leaves it once its end is in the store.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dlcore.errors import RunError
from dlcore.events import Watched
from dlcore.run import SET, Checkpoint, Metric, Run, Series, metrics_of
from dlcore.run_config import RunConfig
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import Control, Report, Steer, Submission, Warm
from dlcore.runs.storage.budget import make_room
from dlcore.runs.storage.disk import delete_checkpoints, limit_bytes, resumable, sweep, thin
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, Writer

MAX_WORKERS = 4
RUNS_PER_WORKER = 8
MAX_ACTIVE_PER_OWNER = 8
POINTS_IN_MEMORY = 1000  # per series; beyond, every second point goes
READY_WORKERS = 2  # kept even when nobody trains: a class that begins together waits for none to start
READY_SECONDS = 15.0  # after the start, when the first visitors have their pages
IDLE_SECONDS = 300.0
LOOK_SECONDS = 30.0  # between two looks for lost runs and at the size of the data folder
ENDED = "This run has ended: start it again to steer it."

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
    resume: Checkpoint | None = None  # where it goes on from
    planned: tuple[tuple[int, str, float], ...] = ()
    stepping: bool = False

    def add(self, metrics: Sequence[Metric]) -> None:
        for metric in metrics:
            points = self.series.setdefault(metric.name, [])
            points.append(metric)
            if len(points) > POINTS_IN_MEMORY:
                del points[-2::-2]  # keeps the newest


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
        self._closing = False
        self._expected = next(iter(RUN_KINDS))  # the kind of run that new workers are made ready for
        self._writer = Writer(store, self._written, self._keep_house)
        self._all_ready_at = time.monotonic() + READY_SECONDS
        self._next_look = 0.0
        self.used_bytes = 0  # of the data folder, looked up every LOOK_SECONDS
        store.interrupt_lost_runs()
        if store.own_folder:
            sweep(store.folder / "runs", store.known_checkpoints(), store.active_ids())
        self._start_worker()
        self._writer.start()

    @property
    def trouble(self) -> str:
        """Why runs are not written down at the moment, in a sentence; "" if they are."""
        return self._writer.trouble

    # --- asked by pages -----------------------------------------------------------------------

    def submit(
        self,
        owner: str,
        kind: str,
        config: RunConfig,
        *,
        name: str,
        planned: tuple[tuple[int, str, float], ...] = (),
    ) -> str:
        """Begin a run, or queue it, and return its id. `planned` are controls: step, name, value.

        Raises RunError if this owner has too many active runs, StoreError if it cannot be recorded.
        """
        if kind not in RUN_KINDS:
            raise RunError(f"The kind of a run must be one of {', '.join(RUN_KINDS)}. Got {kind!r} instead.")
        with self._lock:
            self._check_places(owner)
            run = Run(
                id=secrets.token_urlsafe(9),
                owner=owner,
                kind=kind,
                name=name,
                config=config.model_dump(),
                status="queued",
                created=time.time(),
                total_steps=config.total_steps,
            )
            self.store.create(run)
            self._expected = kind
            self._live[run.id] = _Live(run, planned=planned)
            self._schedule()
            return run.id

    def resume(self, run_id: str, *, config: RunConfig | None = None, stepping: bool = False) -> None:
        """An ended run goes on from its newest whole epoch, as if it had never ended.

        `config` is its own with more epochs; `stepping` pauses it again after a step. Raises RunError if the
        run is unknown, under way, or cannot go on.
        """
        self._writer.flush()
        with self._lock:
            run = None if run_id in self._live else self.store.get(run_id)
            if run is None or run.active:
                raise RunError("Only a run that has ended can go on: this one is under way or unknown.")
            checkpoint = resumable(run.checkpoints)
            if run.status == "diverged" or (run.status == "finished" and checkpoint is None):
                raise RunError("This run cannot go on: start it again, as it was or with one knob changed.")
            self._check_places(run.owner)
            step, epoch = (checkpoint.step, checkpoint.epoch) if checkpoint else (0, 0)
            kept = {
                name: [m for m in points if m.step < step or (m.step == step and not name.startswith(SET))]
                for name, points in run.series.items()
            }
            dropped = [c for c in run.checkpoints if c.step > step]
            planned = run.controls(since=step)
            run = replace(
                run,
                status="queued",
                reason="",
                config=config.model_dump() if config else run.config,
                total_steps=config.total_steps if config else run.total_steps,
                step=step,
                epoch=epoch,
                seconds=max((points[-1].seconds for points in kept.values() if points), default=0.0),
                series={},
                checkpoints=tuple(c for c in run.checkpoints if c.step <= step),
            )
            self.store.take_up(run)
            delete_checkpoints(dropped)
            self._live[run_id] = _Live(
                run, kept, resume=checkpoint if step else None, planned=planned, stepping=stepping
            )
            self._schedule()

    def rename(self, run_id: str, name: str) -> None:
        """Raises RunError if it is no name."""
        self.store.rename(run_id, name)
        with self._lock:
            if live := self._live.get(run_id):
                live.run = replace(live.run, name=name.strip())

    def share(self, run_id: str, shared: bool) -> None:
        """May whoever has the run's id look at it?"""
        self.store.share(run_id, shared)
        with self._lock:
            if live := self._live.get(run_id):
                live.run = replace(live.run, shared=shared)

    def delete(self, run_id: str) -> None:
        """Forget a run and its weights for good. Raises RunError while it is under way."""
        self._writer.flush()
        with self._lock:
            live = self._live.get(run_id)
            if live is not None and live.run.active:
                raise RunError("This run is under way: stop it before you delete it.")
            self._live.pop(run_id, None)
            self.store.delete(run_id)
        shutil.rmtree(self.store.run_folder(run_id), ignore_errors=True)

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
        """Pause, resume, step, stop or set a value. An interrupted run is first taken up again.

        Raises RunError if the run has ended, or waits in the queue and is to do anything but stop.
        """
        with self._lock:
            live = self._live.get(run_id)
            if live is not None:
                self._steer(live, control)
                return
        self._take_up(run_id, control)

    def _steer(self, live: _Live, control: Control) -> None:
        if not live.run.active:
            raise RunError(ENDED)
        if live.worker is not None:
            live.worker.send(Steer(live.run.id, control))
        elif control.action == "stop":
            self._take(Report(live.run.id, status="stopped"))
        else:
            raise RunError("This run waits for a free place: it can be stopped, and steered once it runs.")

    def _take_up(self, run_id: str, control: Control) -> None:
        """What can be asked of a run whose server is gone."""
        run = self.store.get(run_id)
        if run is None or run.status != "interrupted" or control.action not in ("resume", "step", "stop"):
            raise RunError(ENDED)
        if control.action == "stop":
            self.store.update(replace(run, status="stopped"))
            return
        self.resume(run_id, stepping=control.action == "step")

    def close(self, timeout: float = 5.0) -> None:
        """End the workers and write what is still to be written; active runs are interrupted."""
        with self._lock:
            self._closing = True
            workers = list(self._workers)
            for worker in workers:
                worker.close()
        for worker in workers:
            worker.join(timeout)
        for run in self.active_runs():
            self._take(Report(run.id, run.seconds, status="interrupted"))
        self._writer.close(timeout)

    def _check_places(self, owner: str) -> None:
        active = sum(live.run.active for live in self._live.values() if live.run.owner == owner)
        if active >= MAX_ACTIVE_PER_OWNER:
            raise RunError(
                f"You have {MAX_ACTIVE_PER_OWNER} runs active: stop one of them before starting another."
            )

    # --- workers ------------------------------------------------------------------------------

    def _start_worker(self) -> WorkerProcess:
        worker = WorkerProcess(self._on_report, self._on_end)
        self._workers[worker] = time.monotonic()
        worker.send(Warm(self._expected))
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
        threads = live.run.threads or threads_for(self._cores, active)  # once and for all
        run = live.run = replace(live.run, threads=threads)
        worker.send(
            Submission(
                run.id,
                run.owner,
                run.kind,
                run.config,
                self.store.run_folder(run.id),
                threads,
                resume=live.resume,
                seconds=run.seconds,
                planned=live.planned,
                stepping=live.stepping,
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
        checkpoints = live.run.checkpoints + report.checkpoints
        kept = thin(checkpoints)
        live.run = replace(
            live.run,
            status=report.status or live.run.status,
            reason=live.run.reason if report.reason is None else report.reason,
            seconds=max(report.seconds, live.run.seconds),
            step=max(report.step, live.run.step),
            epoch=max(report.epoch, live.run.epoch),
            device=report.device or live.run.device,
            checkpoints=kept,
            watched=looks[-1] if looks else live.run.watched,
        )
        if not live.run.active:
            if live.worker in self._workers:  # it may be gone: that is why the run ended
                self._workers[live.worker] = time.monotonic()
            live.worker = None
        dropped = [checkpoint for checkpoint in checkpoints if checkpoint not in kept]
        self._writer.put(News(live.run, metrics, list(report.checkpoints), dropped))

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

    def _written(self, run: Run) -> None:
        """A run's news are in the store; one that has ended need not be held in memory any more."""
        with self._lock:
            live = self._live.get(run.id)
            if live is not None and not (run.active or live.run.active):
                del self._live[run.id]

    def _keep_house(self) -> None:
        """Say that this process lives, keep enough workers and no more, find lost runs, make room."""
        with self._lock:
            active = [run_id for run_id, live in self._live.items() if live.run.active]
            busy = {live.worker for live in self._live.values()}
            now = time.monotonic()
            ready = min(READY_WORKERS, self._max_workers)
            if now > self._all_ready_at and len(self._cpu_workers()) < ready and not self._closing:
                self._start_worker()
            idle = [w for w, since in self._workers.items() if w not in busy and now - since > IDLE_SECONDS]
            surplus = max(0, len(self._cpu_workers()) - ready)
            of_cpu = [worker for worker in idle if worker is not self._gpu_worker]
            for worker in of_cpu[:surplus] + [worker for worker in idle if worker is self._gpu_worker]:
                self._forget(worker)  # at once, or a new run could be given to it
                worker.close()
        self.store.heartbeat(active)
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self.store.interrupt_lost_runs()
            self.used_bytes = make_room(self.store, limit_bytes())
