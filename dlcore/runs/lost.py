"""Runs whose worker is gone: on one machine they have failed; where there are others they go on there."""

from __future__ import annotations

from dlcore.runs.live import Live
from dlcore.runs.protocol import Report

TRIES = 3  # in a row without a new checkpoint: then it is the run that ends its workers


class Lost:
    """`elsewhere`: are there other machines? A run that was paused, or was to pause or stop, waits for its
    owner; that it was to do so is known to this server alone, and lost with it.
    """

    def __init__(self, *, elsewhere: bool) -> None:
        self._elsewhere = elsewhere
        self._tries: dict[str, tuple[int, int]] = {}  # by run: its newest checkpoint's step, how often

    def report(self, live: Live, how: str) -> tuple[Report, bool]:
        """What is to be said of a run whose worker has ended, and does it go on without a person?"""
        run = live.run
        at = max((checkpoint.step for checkpoint in run.checkpoints), default=0)
        step, tries = self._tries.get(run.id, (at, 0))
        tries = tries if step == at else 0
        goes_on = live.left is None
        if self._elsewhere and (not goes_on or tries < TRIES):
            if goes_on:
                self._tries[run.id] = at, tries + 1
            return Report(run.id, run.seconds, status="interrupted", reason=live.left), goes_on
        if run.stopping:
            why = "Its process was ended before it had stopped: what it learned since its last epoch is lost."
            return Report(run.id, run.seconds, status="stopped", reason=why), False
        why = f"The worker process ended unexpectedly ({how}): start the run again."
        return Report(run.id, run.seconds, status="failed", reason=why), False
