"""A kind of run that tells whether two processes ever train it at the same time. Its steps take a while."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path

from dlcore.events import Event
from dlcore.runs.kinds import RunKind
from dlcore.schema import knob
from tests.dlcore.runs.tug import TugConfig, TugJob

LOCK, TWICE = "training.lock", "trained.twice"
STEP_SECONDS = 0.02


class GuardedConfig(TugConfig):
    epochs: int = knob(1_000_000, ge=1, le=1_000_000, title="Epochs", help="No test waits for the last.")


class GuardedJob(TugJob):
    """The system itself takes the lock back from a process that ends, however it ends."""

    config_type = GuardedConfig

    def work(self) -> Iterator[Event]:
        self._folder.mkdir(exist_ok=True)
        with (self._folder / LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                (self._folder / TWICE).touch()
            yield from super().work()

    def _step(self) -> Iterator[Event]:
        yield from super()._step()
        threading.Event().wait(STEP_SECONDS)  # as long as a step of a small network


def trained_twice(folder: Path) -> list[str]:
    """The ids of the runs in this data folder that ever were."""
    return [path.parent.name for path in folder.glob(f"runs/*/{TWICE}")]


GUARDED = RunKind(
    "Guarded",
    job="tests.dlcore.runs.guarded:GuardedJob",
    config="tests.dlcore.runs.guarded:GuardedConfig",
    presets="tests.dlcore.runs.tug:PRESETS",
    page="runs.py",
)
