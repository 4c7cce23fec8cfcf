"""A run in one line of the teacher's table: status, result, and its loss as a small curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlcore.run import Run

POINTS = 24  # of a small curve


@dataclass(frozen=True)
class RunLine:
    """`accuracy`: share of the test images, None before the test."""

    run_id: str
    name: str
    kind: str
    status: str
    accuracy: float | None
    losses: tuple[float, ...]


def line_of(run: Run) -> RunLine:
    tested = run.last("test_accuracy")
    losses = [point.value for point in run.series.get("train_loss", ())]
    return RunLine(
        run.id, run.name, run.kind, run.status, tested.value if tested else None, thinned(losses, POINTS)
    )


def thinned(values: Sequence[float], most: int) -> tuple[float, ...]:
    """At most so many of them, evenly spread, the first and the last among them, with three decimals."""
    if len(values) > most:
        values = [values[round(place * (len(values) - 1) / (most - 1))] for place in range(most)]
    return tuple(round(value, 3) for value in values)
