"""A sweep under way, as its feeder knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dlcore.run import Run
from dlcore.runs.sweep_results import losses_of, share_of
from dlcore.sweep.record import Sweep
from dlcore.sweep.stopping import Losses, why_lost


@dataclass
class Fed:
    """A sweep under way, and as it was `noted` last in the store."""

    sweep: Sweep
    noted: Sweep
    claimed: float
    ended: dict[str, Losses] = field(default_factory=dict)  # of its runs, by id: they change no more
    best: tuple[float, str] = (-1.0, "")  # share, id
    trouble: str = ""

    def best_with(self, run: Run) -> tuple[float, str]:
        """Of the best so far and this ended one. Only the best run keeps its whole path: two dozen of them
        would fill the disk of a class.
        """
        return max(self.best, (share_of(run) or 0.0, run.id), key=lambda one: one[0])

    def lost(self, active: Mapping[int, Run]) -> Iterator[tuple[int, str]]:
        """The places of those `active` runs that are lost among the others like them, and why."""
        losses = {place: losses_of(run) for place, run in active.items()} if self.sweep.stops else {}
        for place, mine in losses.items():
            entry, run = self.sweep.entries[place], active[place]
            if entry.why or run.status != "running":
                continue
            others = [
                losses[other] if other in losses else self.ended.get(each.run_id, ())
                for other, each in enumerate(self.sweep.entries)
                if other != place and each.run_id and each.alike(entry)
            ]
            if why := why_lost(mine, entry.config.total_steps, others):
                yield place, why
