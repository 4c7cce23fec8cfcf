"""When a run of a sweep is lost: it is far behind the others at the same step.

After the median stopping rule of Golovin et al. 2017, "Google Vizier", made milder. That rule stops whatever
is worse than the median: about half of all runs, and among equal settings the unlucky seeds. Only lucky ones
would be left to compare. Here it must be LOST times the median.

Ray Tune's ASHA is not used, also where Ray computes: it would save this file and the feeder's `_judge`, some
eighty lines, but it begins and ends trials by itself, past the fair queue, the stop of a run's owner and the
store from which runs are resumed. And its rungs keep the best quarter, by which equal settings would be told
by their lucky seeds alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.training.network_config import ARCHITECTURE
from dlcore.words import percent

AFTER = 0.5  # of a run: before that nobody is judged
RECENT = 5  # reports whose mean is compared
FEWEST = 3  # other runs that have come so far
LOST = 3.0  # times the others' median

# Knobs that set how low a loss can fall, or how soon: after as many steps SGD stands at 3 to 5 times Adam's
# loss without being lost.
ALIKE = (*ARCHITECTURE, "first_weights", "optimizer", "wrong_labels", "label_smoothing")

Losses = Sequence[tuple[int, float]]  # of one run's reports: step, mean loss since the last; in order


def comparable(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Could the losses of two runs with these settings be as low by now?"""
    return all(first.get(name) == second.get(name) for name in ALIKE)


def recent_loss(losses: Losses, step: int) -> float | None:
    """The mean of the last reports up to a step; None if the run has not come so far."""
    if not losses or losses[-1][0] < step:
        return None
    recent = [loss for at, loss in losses if at <= step][-RECENT:]
    return sum(recent) / len(recent) if recent else None


def why_lost(losses: Losses, total_steps: int, others: Sequence[Losses]) -> str:
    """Why this run may as well stop now, in a sentence; "" if it may not."""
    if not losses or losses[-1][0] < AFTER * total_steps:
        return ""
    step = losses[-1][0]
    mine = recent_loss(losses, step)
    theirs = sorted(loss for other in others if (loss := recent_loss(other, step)) is not None)
    if mine is None or len(theirs) < FEWEST:
        return ""
    middle = len(theirs) // 2
    median = theirs[middle] if len(theirs) % 2 else (theirs[middle - 1] + theirs[middle]) / 2
    if mine <= LOST * median or not math.isfinite(median):
        return ""
    return f"Stopped at step {step:,}: loss {mine:.2f}, over {LOST:g} times the others' median, {median:.2f}."


def rule_words() -> str:
    """The rule, in words for people."""
    return (
        f"A run is stopped once it has made {percent(AFTER)} of its steps, if its loss, the mean of its last "
        f"{RECENT} reports, is over {LOST:g} times the median of the others at the same step. At least "
        f"{FEWEST} others of the same network, optimizer and labels must have come so far: other losses "
        "do not compare. A stopped run counts in no mean."
    )
