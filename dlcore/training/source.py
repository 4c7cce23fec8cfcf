"""The training step as it stands in the file that runs, with a mark where a run is."""

from __future__ import annotations

import inspect
import re

from dlcore.run import Status
from dlcore.training.loop import train_step

_AT: dict[Status, tuple[str, ...]] = {
    "running": ("state.model(", "F.cross_entropy(", "loss.backward(", "optimizer.step("),
    "paused": ("return total",),
}


def marked_step(status: Status) -> str:
    """The source of `train_step`; "▶" stands before the lines that run now, or where a paused run waits."""
    marks = _AT.get(status, ())
    lines = re.sub(r"  # type: ignore.*", "", inspect.getsource(train_step)).splitlines()
    return "\n".join(("▶ " if any(mark in line for mark in marks) else "  ") + line for line in lines)
