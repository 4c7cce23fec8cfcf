"""How fast a run goes, and how long it still takes."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.run import Run

RECENT = 20  # reports looked back on


@dataclass(frozen=True)
class Pace:
    images_per_second: float
    seconds_left: float


def pace(run: Run, batch_size: int) -> Pace | None:
    """From the last reports, so that it follows a machine that is shared; None before the second one."""
    points = run.series.get("train_loss", ())[-RECENT:]
    if len(points) < 2 or points[-1].seconds <= points[0].seconds:
        return None
    steps_per_second = (points[-1].step - points[0].step) / (points[-1].seconds - points[0].seconds)
    return Pace(
        images_per_second=steps_per_second * batch_size,
        seconds_left=(run.total_steps - run.step) / steps_per_second,
    )
