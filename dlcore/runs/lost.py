"""Runs whose worker is gone: on one machine they have failed; where there are others they go on there."""

from __future__ import annotations

from collections import Counter

from dlcore.run import Run
from dlcore.runs.protocol import Report

TRIES = 3  # in a row without a new checkpoint: then it is the run that ends its workers


class Lost:
    """`elsewhere`: are there other machines? A run that was paused waits for its owner."""

    def __init__(self, *, elsewhere: bool) -> None:
        self._elsewhere = elsewhere
        self._tries: Counter[tuple[str, int]] = Counter()  # by run and how far it had come

    def report(self, run: Run, how: str) -> Report:
        """What is to be said of a run whose worker has ended, and `how`."""
        if self._elsewhere and run.status == "paused":
            return Report(run.id, run.seconds, status="interrupted")
        if self.goes_on(run):
            at = run.id, max((checkpoint.step for checkpoint in run.checkpoints), default=0)
            self._tries[at] += 1
            return Report(run.id, run.seconds, status="interrupted")
        why = f"The worker process ended unexpectedly ({how}): start the run again."
        return Report(run.id, run.seconds, status="failed", reason=why)

    def goes_on(self, run: Run) -> bool:
        """Without a person?"""
        at = run.id, max((checkpoint.step for checkpoint in run.checkpoints), default=0)
        return self._elsewhere and run.status != "paused" and self._tries[at] < TRIES
