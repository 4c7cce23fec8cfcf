"""An active run in memory: it begins, goes on from a checkpoint, and hears what its worker says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dlcore.errors import RunError
from dlcore.events import Pictured, Watched
from dlcore.journal import event
from dlcore.run import ACTIVE, SET, Checkpoint, Metric, Run, Series, metrics_of
from dlcore.runs.pool import Handle
from dlcore.runs.protocol import Control, Report, Submission
from dlcore.runs.storage.checkpoint_files import added, look
from dlcore.runs.storage.disk import resumable, thin
from dlcore.runs.storage.leases import PAUSED, TO_PAUSE, TO_STOP
from dlcore.runs.storage.writer import News

POINTS_IN_MEMORY = 1000  # per series; beyond, every second point goes


@dataclass
class Live:
    """An active run: its record, and its series as they grow."""

    run: Run
    growing: dict[str, list[Metric]] = field(default_factory=dict)
    worker: Handle | None = None
    resume: Checkpoint | None = None  # where it goes on from
    planned: tuple[tuple[int, str, float], ...] = ()
    stepping: Control | None = None
    pausing: bool = False  # is it to pause, now or after a step?
    address: str = ""  # from where it was begun; "" is the machine itself

    @property
    def owners(self) -> tuple[str]:
        return (self.run.owner,)

    @property
    def addresses(self) -> tuple[str]:
        return (self.address,)

    @property
    def divisible(self) -> bool:
        return False  # it keeps its place to its end

    @property
    def left(self) -> str | None:
        """Why it goes on only when its owner says so, if its process ends now; None if a server may do so."""
        if self.run.stopping:
            return TO_STOP
        if self.run.status == "paused":
            return PAUSED
        return TO_PAUSE if self.pausing else None

    @property
    def series(self) -> Series:
        return {name: tuple(points) for name, points in self.growing.items()}

    def submission(self, folder: Path, lease: str) -> Submission:
        """What its worker needs to begin, or to go on."""
        run = self.run
        event("run begun", id=run.id, kind=run.kind, threads=run.threads)
        return Submission(
            run.id,
            run.owner,
            run.kind,
            run.config,
            folder,
            run.threads,
            resume=self.resume,
            seconds=run.seconds,
            planned=self.planned,
            stepping=self.stepping,
            lease=lease,
        )

    def hear(self, report: Report) -> News:
        """Bring the run up to date with what its worker says; the answer is what there is to write down."""
        metrics = [m for event in report.events for m in metrics_of(event, report.seconds)]
        self.add(metrics)
        looks = [event.probabilities for event in report.events if isinstance(event, Watched)]
        pictures = [event.pixels for event in report.events if isinstance(event, Pictured)]
        run = self.run
        for checkpoint in report.checkpoints:
            added(checkpoint)
        # Those of a run that began anew are written again, each in the place of the one before.
        checkpoints = tuple({c.path: c for c in run.checkpoints + report.checkpoints}.values())
        kept = thin(checkpoints)
        reason = report.reason
        if reason is None:  # what troubled it is over with its process
            reason = "" if report.status == "interrupted" else run.reason
        status = report.status or run.status
        self.run = replace(
            run,
            status=status,
            reason=reason,
            stopping=run.stopping and status in ACTIVE,
            seconds=max(report.seconds, run.seconds),
            step=max(report.step, run.step),
            epoch=max(report.epoch, run.epoch),
            device=report.device or run.device,
            checkpoints=kept,
            watched=looks[-1] if looks else run.watched,
            pictured=pictures[-1] if pictures else run.pictured,
        )
        if run.active and not self.run.active:
            event(
                "run ended",
                id=run.id,
                kind=run.kind,
                status=self.run.status,
                seconds=self.run.seconds,
                steps=self.run.step,
            )
        dropped = [checkpoint for checkpoint in checkpoints if checkpoint not in kept]
        return News(self.run, metrics, list(report.checkpoints), dropped)

    def add(self, metrics: Sequence[Metric]) -> None:
        for metric in metrics:
            points = self.growing.setdefault(metric.name, [])
            points.append(metric)
            if len(points) > POINTS_IN_MEMORY and not metric.name.startswith(SET):  # those are done again
                del points[-2::-2]  # keeps the newest


def goes_on_from(run: Run) -> Checkpoint | None:
    """Where an ended run would go on: the newest state whose numbers are known; None is its beginning.

    Raises RunError if it cannot go on.
    """
    known = [checkpoint for checkpoint in run.checkpoints if checkpoint.step <= run.step]
    checkpoint = resumable(known) or resumable(run.checkpoints)
    if run.status == "diverged" or (run.status == "finished" and checkpoint is None):
        raise RunError("This run cannot go on: start it again, as it was or with one knob changed.")
    return checkpoint


def where_to_go_on(run: Run | None) -> tuple[Run, Checkpoint | None]:
    """The run, and from where it can go on; None: from its beginning. Raises RunError if it cannot, BlobError
    if nobody can say.
    """
    if run is None or run.active:
        raise RunError("Only a run that has ended can go on: this one is under way or unknown.")
    if run.checkpoints:
        look(run.checkpoints[-1].path.parent)
    return run, goes_on_from(run)


def taken_up(run: Run, checkpoint: Checkpoint | None, *, stepping: Control | None, address: str = "") -> Live:
    """An ended run as it stood at this checkpoint, or its beginning. It pauses after the step `stepping`."""
    step, epoch = (checkpoint.step, checkpoint.epoch) if checkpoint else (0, 0)
    kept = {
        name: [m for m in points if m.step < step or (m.step == step and not name.startswith(SET))]
        for name, points in run.series.items()
    }
    again = replace(
        run,
        status="queued",
        reason="",
        step=step,
        epoch=epoch,
        seconds=max((points[-1].seconds for points in kept.values() if points), default=0.0),
        series={},
        checkpoints=tuple(c for c in run.checkpoints if c.step <= step),
    )
    resume = checkpoint if step else None
    planned = run.controls(since=step)
    return Live(
        again,
        kept,
        resume=resume,
        planned=planned,
        stepping=stepping,
        pausing=stepping is not None,
        address=address,
    )
