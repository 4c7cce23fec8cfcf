"""The record of a run: its status, what it measured, its checkpoints. Whoever looks at runs reads these."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from dlcore.events import ControlApplied, EpochEnd, Evaluated, Event, Measured, Progress
from dlcore.run_config import RunConfig

Status = Literal["queued", "running", "paused", "finished", "stopped", "diverged", "interrupted", "failed"]
ACTIVE: frozenset[Status] = frozenset({"queued", "running", "paused"})

SET = "set_"  # begins the name of a control's series


@dataclass(frozen=True)
class Checkpoint:
    """The weights of one moment of a run. `digest` is the sha256 of the file at `path`, or of its blob."""

    path: Path
    digest: str
    epoch: int
    step: int

    def __repr__(self) -> str:
        return f"Checkpoint(epoch {self.epoch}, step {self.step:,}, {self.path.name})"


class Stop(Protocol):
    """A moment of a run: epochs completed, updates made."""

    @property
    def epoch(self) -> int: ...

    @property
    def step(self) -> int: ...


AnyStop = TypeVar("AnyStop", bound=Stop)


def ends_of_epochs(stops: Sequence[AnyStop]) -> list[AnyStop]:
    """Of stops in the order of their steps, those between two epochs: the first of each epoch's number.

    Those that follow it lie within the next epoch.
    """
    first = {stop.epoch: stop for stop in reversed(stops)}
    return [stop for stop in stops if first[stop.epoch] is stop]


def stop_names(stops: Sequence[Stop]) -> list[str]:
    """Their epochs; stops within an epoch are named after their step too."""
    ends = {id(stop) for stop in ends_of_epochs(stops)}
    return [f"{s.epoch}" if id(s) in ends else f"{s.epoch}, step {s.step:,}" for s in stops]


def moment(stops: Sequence[AnyStop], stop: AnyStop) -> str:
    """One of these stops in words: "epoch 3", or "step 1,200, within epoch 4"."""
    if stop in ends_of_epochs(stops):
        return f"epoch {stop.epoch}"
    return f"step {stop.step:,}, within epoch {stop.epoch + 1}"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number of a run. `seconds` of work since the run began."""

    name: str
    step: int
    epoch: int
    seconds: float
    value: float


def metrics_of(event: Event, seconds: float) -> Iterator[Metric]:
    """The numbers of an event that are kept."""
    match event:
        case Progress(step, epoch, loss, accuracy, lr):
            yield Metric("train_loss", step, epoch, seconds, loss)
            if accuracy is not None:
                yield Metric("train_accuracy", step, epoch, seconds, accuracy)
            if lr is not None:
                yield Metric("lr", step, epoch, seconds, lr)
        case EpochEnd(step, epoch, loss, accuracy):
            yield Metric("epoch_loss", step, epoch, seconds, loss)
            if accuracy is not None:
                yield Metric("epoch_accuracy", step, epoch, seconds, accuracy)
        case Evaluated(step, epoch, split, loss, correct, total):
            yield Metric(f"{split}_loss", step, epoch, seconds, loss)
            yield Metric(f"{split}_accuracy", step, epoch, seconds, correct / total)
            yield Metric(f"{split}_correct", step, epoch, seconds, correct)
            yield Metric(f"{split}_total", step, epoch, seconds, total)
        case Measured(step, epoch, name, value):
            yield Metric(name, step, epoch, seconds, value)
        case ControlApplied(step, name, value):
            yield Metric(f"{SET}{name}", step, -1, seconds, value)


Series = Mapping[str, tuple[Metric, ...]]  # by the metric's name, in the order of steps


@dataclass(frozen=True)
class Run:
    """A run as somebody sees it at one moment, running or long over."""

    id: str
    owner: str
    kind: str
    name: str
    config: Mapping[str, Any]
    status: Status
    reason: str = ""  # a sentence when the status is diverged or failed
    shared: bool = False  # whoever has its id may look at it
    created: float = 0.0  # seconds since 1970
    seconds: float = 0.0  # of work so far
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    threads: int = 0
    device: str = ""
    series: Series = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    watched: tuple[tuple[float, ...], ...] = ()  # the latest look at the watched images
    pictured: bytes = field(default=b"", repr=False)  # the latest pictures, while it is under way
    queue_position: int = 0  # 1 = next; 0 = not queued
    sharing: int = 1  # active runs on this machine, this one included
    stopping: bool = False  # asked to stop here: it ends the step it is at, and keeps its weights
    silent: bool = False  # under way in another process, which lives, but has not spoken for a while

    def __repr__(self) -> str:
        return f"Run({self.kind} {self.name!r}, {self.status} at step {self.step:,} of {self.total_steps:,})"

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def steps_per_epoch(self) -> float:
        """Of its record alone, so that a run of an unknown kind has them too."""
        return max(1, self.total_steps) / max(1, int(self.config.get("epochs", 1)))

    def controls(self, since: int = 0) -> tuple[tuple[int, str, float], ...]:
        """What was changed while it ran, from this step on: (step, name, value), in order."""
        found = [
            (point.step, name.removeprefix(SET), point.value)
            for name, points in self.series.items()
            if name.startswith(SET)
            for point in points
            if point.step >= since
        ]
        return tuple(sorted(found))

    def last(self, name: str) -> Metric | None:
        """The latest measurement of that name, if there is one."""
        points = self.series.get(name, ())
        return points[-1] if points else None


def new_run(
    owner: str, kind: str, config: RunConfig, *, name: str, status: Status = "queued", threads: int = 0
) -> Run:
    """A run that begins now, with an id that nobody can guess."""
    return Run(
        id=secrets.token_urlsafe(9),
        owner=owner,
        kind=kind,
        name=name,
        config=config.model_dump(),
        status=status,
        created=time.time(),
        total_steps=config.total_steps,
        threads=threads,
    )
