"""Why a network did not find the patch, in one sentence with its own numbers, and what cures it."""

from __future__ import annotations

import math

from dlcore.runs.protocol import Run
from dlcore.schema import number
from dlcore.training.diagnostics import Diagnosis

COIN = math.log(2)  # the loss of "perhaps": even odds for either answer, in nats
LEARNED = 0.6  # a loss below this is no longer a coin
TINY = 1e-4  # a learning rate below this needs more patience than a class has
MORE = 20  # epochs


def diagnose(run: Run) -> Diagnosis | None:
    """What an ended run suffered from; None if it learned, or is not over."""
    if run.status == "diverged":
        return Diagnosis(run.reason, "Again with 0.01", {"lr": 0.01})
    losses = [point.value for point in run.series.get("epoch_loss", ())]
    if run.status not in ("finished", "stopped") or not losses:
        return None
    alive = run.last("alive")
    if alive is not None and alive.value == 0:
        return Diagnosis(
            f"{_units(run)} give 0 for every test image, so no gradient flows: the loss stays at "
            f"{losses[-1]:.2f}. A step with learning rate {_lr(run)} was too big.",
            "Again with 0.01",
            {"lr": 0.01},
        )
    if losses[-1] < LEARNED or losses[-1] > 2 * COIN:
        return None
    fell = f"In {len(losses)} epochs the loss went from {losses[0]:.4f} to {losses[-1]:.4f}"
    if float(run.config["lr"]) < TINY:
        return Diagnosis(
            f"{fell}: learning rate {_lr(run)} is too small a step.", "Again with 0.01", {"lr": 0.01}
        )
    return Diagnosis(
        f"{fell}, and {COIN:.3f} is coin-flipping. The gradient is small, not zero.",
        f"{MORE} more epochs",
        more_epochs=MORE,
    )


def _units(run: Run) -> str:
    widths = str(run.config["hidden"]).split("-")
    return f"All {widths[0]} hidden units" if len(widths) == 1 else "All units of a hidden layer"


def _lr(run: Run) -> str:
    changed = run.last("set_lr")
    return number(changed.value if changed else float(run.config["lr"]))
