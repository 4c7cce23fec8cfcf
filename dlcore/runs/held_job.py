"""A job that a worker holds: what was asked of it, and where it stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dlcore.events import CheckpointReady
from dlcore.runs.protocol import Control, Job, Report, Submission


@dataclass
class HeldJob:
    submission: Submission
    job: Job | None = None  # made at its first turn
    events: Iterator[Any] = field(default_factory=lambda: iter(()))
    paused: bool = False
    until: type[Any] | None = None  # paused again after the next event of this class
    after: int = 0  # that tells of a later step than this
    early: list[Control] = field(default_factory=list)  # what was asked before its first turn
    unsaved: CheckpointReady | None = None  # the disk refused these weights
    refused: OSError | None = None  # why
    ending: Report | None = None  # it has ended, but for these weights
    next_try: float = 0.0  # at writing them
    last_turn: int = 0
    seconds: float = 0.0
    running_since: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        return self.seconds + (0.0 if self.paused else time.monotonic() - self.running_since)

    def pause(self) -> None:
        self.seconds, self.paused, self.until = self.elapsed(), True, None

    def go_on(self, until: type[Any] | None) -> None:
        if self.paused:
            self.running_since = time.monotonic()
        self.paused, self.until = False, until

    def report(self, **said: Any) -> Report:
        if self.job is not None:
            said |= {"step": self.job.step, "epoch": self.job.epoch, "device": self.job.device}
        return Report(self.submission.id, self.elapsed(), **said)
