"""What a sweep has found: means with their spread for each value of a knob, and what is more than luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.run import Run
from dlcore.runs.verdict import Verdict, verdict
from dlcore.words import exact_percent


@dataclass(frozen=True)
class Mean:
    """Of all tested runs in which a knob has this value: shares of right test images."""

    value: Any
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.shares) / len(self.shares)

    @property
    def words(self) -> str:
        low, high = min(self.shares), max(self.shares)
        spread = f", {exact_percent(low)} to {exact_percent(high)}" if len(self.shares) > 1 else ""
        return f"{exact_percent(self.mean)} ({len(self.shares)}{spread})"


def share_of(run: Run) -> float | None:
    """Of the test images; None if it did not come so far."""
    point = run.last("test_accuracy")
    return point.value if point is not None and run.status == "finished" else None


def means(runs: Sequence[Run], knob: str) -> tuple[Mean, ...]:
    """For each value of the knob, in the order of the runs. What was stopped on the way counts in none."""
    found: dict[Any, list[float]] = {}
    for run in runs:
        if (share := share_of(run)) is not None:
            found.setdefault(run.config.get(knob), []).append(share)
    return tuple(Mean(value, tuple(shares)) for value, shares in found.items())


def best(runs: Sequence[Run], turned: Sequence[str]) -> Mapping[str, Any]:
    """The turned knobs of the point with the highest mean over its seeds; {} if none was tested."""
    points: dict[tuple[Any, ...], list[float]] = {}
    for run in runs:
        if (share := share_of(run)) is not None:
            points.setdefault(tuple(run.config.get(name) for name in turned), []).append(share)
    if not points:
        return {}
    winner = max(points, key=lambda point: sum(points[point]) / len(points[point]))
    return dict(zip(turned, winner, strict=True))


def luck_or_not(runs: Sequence[Run], turned: Sequence[str]) -> dict[str, Verdict]:
    """For each knob: is its difference more than luck, where all others stand as in the best point?

    A knob with a single tested value there says nothing and is left out.
    """
    point = best(runs, turned)
    found: dict[str, Verdict] = {}
    for knob in turned if point else ():
        beside = [
            run
            for run in runs
            if share_of(run) is not None
            and all(run.config.get(name) == value for name, value in point.items() if name != knob)
        ]
        said = verdict(beside) if len({run.config.get(knob) for run in beside}) > 1 else None
        if said is not None:
            found[knob] = said
    return found
