"""What a run's job says and keeps, and leaving it after an epoch."""

from __future__ import annotations

from typing import Any

from dlcore.events import CheckpointReady, Event, Tick
from dlcore.run import Checkpoint
from dlcore.runs.jobs.base import RunJob


def work(job: RunJob[Any, Any], until: int | None = None) -> tuple[list[Event], dict[int, Checkpoint]]:
    """Drain it as a worker does, or leave it after an epoch; what it said and what it kept, by epoch."""
    said, kept = list[Event](), dict[int, Checkpoint]()
    for event in job.events():
        if not isinstance(event, Tick):
            said.append(event)
        if isinstance(event, CheckpointReady):
            kept[event.epoch] = job.save(event)
            if event.epoch == until:
                break
    return said, kept
