"""What all jobs have in common: a task only works; a run can be steered, and its weights are kept."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from dlcore.controls import Controls
from dlcore.errors import LeaseError, RunError
from dlcore.events import CheckpointReady, Event
from dlcore.run import Checkpoint
from dlcore.run_config import RunConfig
from dlcore.runs.moves import checked_move
from dlcore.runs.protocol import Control, Submission
from dlcore.schema import Config, parse

if TYPE_CHECKING:
    from dlcore.runs.storage.checkpoints import Arrays


class Position(Protocol):
    """Where a training stands: updates made, epochs completed."""

    step: int
    epoch: int


ConfigOfRun = TypeVar("ConfigOfRun", bound=RunConfig)
State = TypeVar("State", bound=Position)


def use_threads(count: int) -> None:
    """So many threads for torch. Work in plain Python has not imported it, and need not."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(count)


class TaskJob(ABC):
    """One task. It has its process to itself, and with it the number of threads."""

    device = "cpu"
    step = epoch = 0

    def __init__(self, submission: Submission) -> None:
        use_threads(submission.threads)

    @abstractmethod
    def events(self) -> Iterator[Any]: ...


class RunJob(ABC, Generic[ConfigOfRun, State]):
    """One training run. Raises ConfigError if the submitted config is out of bounds.

    A subclass says what its configuration is, trains, and gives out what a checkpoint holds.
    """

    config_type: type[ConfigOfRun]
    device = "cpu"
    _state: State  # made by the subclass

    def __init__(self, submission: Submission) -> None:
        self._config = parse(self.config_type, submission.payload)
        self._folder = submission.folder
        self._threads = submission.threads
        self._lease = submission.lease
        self._controls = Controls(planned=deque(submission.planned))

    @abstractmethod
    def work(self) -> Iterator[Event]:
        """The training itself: it moves `_state` and listens to `_controls`."""

    @abstractmethod
    def weights(self) -> Arrays:
        """By name, as they are now."""

    @abstractmethod
    def state(self) -> Arrays:
        """By name, what the run needs beside its weights to go on after a whole epoch."""

    def described(self) -> Config:
        """The settings that a checkpoint gives of itself."""
        return self._config

    @property
    def step(self) -> int:
        return self._state.step

    @property
    def epoch(self) -> int:
        return self._state.epoch

    def events(self) -> Iterator[Event]:
        use_threads(self._threads)
        for event in self.work():
            yield event
            use_threads(self._threads)  # another run of this process may have changed it

    def control(self, control: Control) -> None:
        if control.action == "stop":
            self._controls.stop()
        elif control.action == "step":
            self._controls.report_next = not control.name  # else a whole epoch
        elif control.action == "set":
            self._controls.set(control.name, checked_move(self._config, control.name, control.value))
        else:
            raise RunError(f"A training run cannot {control.action}: it can step, stop and be set.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        # Imported here, since it brings torch, which the process of a plain Python's profile must not hold.
        from dlcore.runs.storage.checkpoints import save_checkpoint
        from dlcore.runs.storage.record import taken_from

        if self._lease and taken_from(self._folder, self._lease):
            raise LeaseError("This run was taken up by another process: its weights are written there.")

        whole = event.step == event.epoch * self._config.steps_per_epoch  # not stopped within an epoch
        return save_checkpoint(
            self._folder,
            self.weights(),
            self.described(),
            epoch=event.epoch,
            step=event.step,
            state=self.state() if whole else None,
            durable=whole,  # a stop must not wait for the disk
        )
