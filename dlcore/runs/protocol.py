"""The words runs are spoken of in: what a run is, what it says, what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from dlcore.events import CheckpointReady, ControlApplied, EpochEnd, Evaluated, Event, Measured, Progress

Status = Literal["queued", "running", "paused", "finished", "stopped", "diverged", "interrupted", "failed"]
ACTIVE: frozenset[Status] = frozenset({"queued", "running", "paused"})

SET = "set_"  # begins the name of a control's series

Action = Literal["pause", "resume", "step", "stop", "set"]


@dataclass(frozen=True)
class Checkpoint:
    """The weights of one moment of a run. `digest` is the sha256 of the file at `path`."""

    path: Path
    digest: str
    epoch: int
    step: int


@dataclass(frozen=True)
class Control:
    """Something asked of a run. `name` and `value` belong to `set`; a `step` named epoch is a whole one."""

    action: Action
    name: str = ""
    value: float = 0.0


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
            yield Metric("train_accuracy", step, epoch, seconds, accuracy)
            yield Metric("lr", step, epoch, seconds, lr)
        case EpochEnd(step, epoch, loss, accuracy):
            yield Metric("epoch_loss", step, epoch, seconds, loss)
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
    queue_position: int = 0  # 1 = next; 0 = not queued
    sharing: int = 1  # active runs on this machine, this one included

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

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


@dataclass(frozen=True)
class Submission:
    """What a worker needs to begin, or to go on from a checkpoint: plain data that crosses a pipe."""

    id: str
    owner: str
    kind: str
    payload: Mapping[str, Any]
    folder: Path
    threads: int
    resume: Checkpoint | None = None
    seconds: float = 0.0  # of work done before
    planned: tuple[tuple[int, str, float], ...] = ()  # controls to repeat: step, name, value
    stepping: bool = False  # to pause again after its first step


@dataclass(frozen=True)
class Warm:
    """Make this kind of work ready before anybody asks for it."""

    kind: str


@dataclass(frozen=True)
class Steer:
    """A control for one of the jobs."""

    id: str
    control: Control


@dataclass(frozen=True)
class Cancel:
    """Drop a job where it stands; it reports itself stopped."""

    id: str


@dataclass(frozen=True)
class Report:
    """What a worker says of one job. `seconds` of work, pauses left out. None: as it was before."""

    id: str
    seconds: float = 0.0
    events: tuple[Any, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    status: Status | None = None
    reason: str | None = None
    step: int = 0
    device: str = ""


class Job(Protocol):
    """One piece of work inside a worker: a generator of events and the ways to steer it."""

    device: str  # where it computes, in words for people

    @property
    def step(self) -> int:
        """How far it is."""
        ...

    def events(self) -> Iterator[Any]:
        """The work itself, given out in stretches of at most about 50 ms."""
        ...

    def control(self, control: Control) -> None:
        """Steer it. Raises ConfigError if the control's value is out of bounds."""
        ...

    def save(self, event: CheckpointReady) -> Checkpoint:
        """Write the weights of this moment. Raises OSError if the disk refuses."""
        ...
