"""A run whose process was lost: what lies in its folder, against what its row knows.

Its record was written when it began and tells nothing newer. But each of its weights says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dlcore.run import Checkpoint, Run
from dlcore.runs.storage.disk import thin
from dlcore.runs.storage.record import existing, record_of, whole_checkpoints
from dlcore.runs.storage.rows import DAMAGED


@dataclass(frozen=True)
class LeftBehind:
    """`run` has all that is to stay; `unkept` weights were about to go when the process ended."""

    run: Run
    unkept: tuple[Checkpoint, ...]


def left_behind(folder: Path, run: Run, record: Run) -> LeftBehind:
    """Of a run that no living process holds, by its row, and a record that says it is under way.

    With newer weights than its row knows it is interrupted, and stands before them: what was measured at
    their step was on its way with them. So far its numbers are known.
    """
    if run.kind == DAMAGED and (back := record_of(folder)) is not None:
        return LeftBehind(back, ())
    whole = whole_checkpoints(folder)
    there = {checkpoint.step: checkpoint for checkpoint in (*whole, *existing(run.checkpoints))}
    kept = thin(list(there.values()))
    unkept = tuple(checkpoint for checkpoint in whole if checkpoint not in kept)
    if not set(kept) - set(run.checkpoints):
        return LeftBehind(run, unkept)
    known = max((checkpoint.step for checkpoint in run.checkpoints), default=0)
    newer = [checkpoint.step for checkpoint in kept if checkpoint.step > known]
    if run.active or newer:
        run = replace(run, status="interrupted", reason="")
        run = replace(run, config=record.config, total_steps=record.total_steps)
    if newer:
        run = replace(run, step=min(run.step, newer[0] - 1))
    return LeftBehind(replace(run, checkpoints=kept), unkept)
