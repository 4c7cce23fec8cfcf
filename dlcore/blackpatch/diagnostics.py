"""Why a network did not find the patch, in one sentence with its own numbers, and what cures it."""

from __future__ import annotations

import math

from dlcore.diagnosis import Diagnosis
from dlcore.run import Run
from dlcore.words import number

COIN = math.log(2)  # the loss of "perhaps": even odds for either answer, in nats
LEARNED = 0.6  # a loss below this is no longer a coin
TINY = 1e-4  # a learning rate below this needs more patience than a class has
CALM = 0.01  # a learning rate at which the book's network learns in a few epochs
MORE = 20  # epochs


def diagnose(run: Run) -> Diagnosis | None:
    """What an ended run suffered from; None if it learned, or is not over."""
    if run.status == "diverged":
        return Diagnosis(run.reason, f"Again with {number(CALM)}", {"lr": CALM})
    losses = [point.value for point in run.series.get("epoch_loss", ())]
    if run.status not in ("finished", "stopped") or not losses:
        return None
    alive = run.last("alive")
    if alive is not None and alive.value == 0:
        return _dead(run, losses[-1])
    if losses[-1] < LEARNED or losses[-1] > 2 * COIN:
        return None
    fell = f"In {len(losses)} epochs the loss went from {losses[0]:.4f} to {losses[-1]:.4f}"
    if _lr(run) < TINY:
        return Diagnosis(
            f"{fell}: learning rate {number(_lr(run))} is too small a step.",
            f"Again with {number(CALM)}",
            {"lr": CALM},
        )
    return Diagnosis(
        f"{fell}, and {COIN:.3f} is coin-flipping. The gradient is small, not zero.",
        f"{MORE} more epochs",
        more_epochs=MORE,
    )


def _dead(run: Run, loss: float) -> Diagnosis:
    """Nothing flows through a unit that is off, forward or back: what switched them off?"""
    dead = f"{_units(run)} give 0 for every test image, so no gradient flows: the loss stays at {loss:.2f}."
    if float(run.config["init"]) == 0:
        return Diagnosis(f"{dead} All weights began at 0.", "Again with weights ±0.01", {"init": 0.01})
    if _lr(run) > CALM:
        why = f"A step with learning rate {number(_lr(run))} was too big."
        return Diagnosis(f"{dead} {why}", f"Again with {number(CALM)}", {"lr": CALM})
    seed = int(run.config["seed"]) + 1
    return Diagnosis(f"{dead} Its first weights were unlucky.", f"Again with seed {seed}", {"seed": seed})


def _units(run: Run) -> str:
    widths = str(run.config["hidden"]).split("-")
    return f"All {widths[0]} hidden units" if len(widths) == 1 else "All units of a hidden layer"


def _lr(run: Run) -> float:
    changed = run.last("set_lr")
    return changed.value if changed else float(run.config["lr"])
