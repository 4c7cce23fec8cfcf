"""What crosses the pipe between the server and its workers: work handed over, steering, reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from dlcore.events import CheckpointReady
from dlcore.run import Checkpoint, Status

BEAT_SECONDS = 5.0  # from one word that a worker lives to the next
Action = Literal["pause", "resume", "step", "stop", "set"]


@dataclass(frozen=True)
class Control:
    """Something asked of a run. `name` and `value` belong to `set`; a `step` named epoch is a whole one.

    Other names of a step are its kind's own, as "generator": one side alone learns in it.
    """

    action: Action
    name: str = ""
    value: float = 0.0


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
    stepping: Control | None = None  # the step after which it pauses again
    lease: str = ""  # by which whoever submits holds the run


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
class Hold:
    """Give a job no turn until it is let go on; nothing is reported."""

    id: str
    held: bool


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
    epoch: int = 0  # completed ones
    device: str = ""


@dataclass(frozen=True)
class Beat:
    """A worker lives, whatever its jobs are at."""


class Job(Protocol):
    """One piece of work inside a worker: a generator of events. For a task this is all."""

    device: str  # where it computes, in words for people

    @property
    def step(self) -> int:
        """How far it is."""
        ...

    @property
    def epoch(self) -> int:
        """How many epochs are complete."""
        ...

    def events(self) -> Iterator[Any]:
        """The work itself, given out in stretches of at most about 50 ms."""
        ...


@runtime_checkable
class Steerable(Job, Protocol):
    """A run's job: it can be steered, and its weights are kept."""

    def control(self, control: Control) -> None:
        """Steer it. Raises ConfigError if the control's value is out of bounds."""
        ...

    def save(self, event: CheckpointReady) -> Checkpoint:
        """Write the weights of this moment. Raises OSError if the disk refuses."""
        ...


class Sink(Protocol):
    """Takes pickled Reports and Beats; each is complete when it is flushed."""

    def write(self, part: bytes, /) -> int: ...
    def flush(self) -> None: ...
