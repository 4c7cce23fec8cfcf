"""Why a run did not learn, in one sentence with its own numbers, and the change that cures it."""

from __future__ import annotations

import math

from dlcore.diagnosis import Diagnosis
from dlcore.run import Run
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import number, percent, raised

CLASSES = 10  # of the digits
GUESSING = math.log(CLASSES)  # the loss of an even share among ten digits, in nats
BARELY = 0.87  # a final loss after more than this share of the way from the least to guessing is close to it
LEAP = 0.3  # nats: the luck of a batch lifts the loss of one who guesses by a third of that
LITTLE = 0.11  # nats: with less between guessing and the least, a batch's luck hides what was learned
TINY = 1e-3  # a learning rate below this, under which the loss stays where it is, is too small
NO_UNIT_DIFFERS = "all weights were 0, and equal units learn equally."
NO_SIGNAL = "the first weights are so small that hardly a signal passes."
NO_MEASURE = "the first weights are so large that every step is lost in them."
LITTLE_BLAME = "a sigmoid's slope is at most 0.25, so little gradient comes to the first layers."
GUESSED_AT_MOST = 1.2  # times an even share: always saying 1 gets 11.35 % of the test digits right


def diagnose(run: Run, classes: int = CLASSES) -> Diagnosis | None:
    """What an ended run suffered from; None if it learned to tell `classes` apart, or is not over."""
    if run.status == "diverged":
        return _made_so(run) or _with_lr(run, run.reason, 0.1)
    return _barely(run, classes) if run.status in ("finished", "stopped") else None


def warning(run: Run, classes: int = CLASSES) -> str:
    """What a run under way suffers from so far, from its middle on; "" if nothing is wrong."""
    found = _barely(run, classes) if run.status == "running" and 2 * run.step >= run.total_steps else None
    if found is None:
        return ""
    again = found.cure_words[0].lower() + found.cure_words[1:]
    way = f"Stop it, and begin {again}."
    if not found.broken:
        way = f"Move it to {number(float(str(found.cure['lr'])))} now, and watch."
    return f"So far: {found.text} {way}"


def _barely(run: Run, classes: int) -> Diagnosis | None:
    guessing = math.log(classes)
    losses = [point.value for point in run.series.get("train_loss", ())]
    wrong, smooth = (run.config.get(name, 0.0) for name in ("wrong_labels", "label_smoothing"))
    least = least_loss(wrong, smooth, classes)
    if not losses or losses[-1] < least + BARELY * (guessing - least):
        return None
    lr, peak = number(_last_lr(run)), max(losses)
    if len(losses) < 10 and peak <= 2 * GUESSING:  # too short to have learned
        return None
    if made_so := _made_so(run):
        return made_so
    if _overshot(losses, _last_lr(run), guessing):
        ends = "is at" if run.active else "ended at"
        why = f"Loss rose to {_size(peak)} and {ends} {losses[-1]:.2f}: learning rate {lr} overshoots."
        return _with_lr(run, why, 0.1)
    if guessing - least < LITTLE:
        return _by_labels(wrong, least, guessing) if only_guesses(run, classes) else None
    if losses[-1] < losses[0]:
        why = f"Loss fell only from {losses[0]:.2f} to {losses[-1]:.2f}: learning rate {lr} is too small."
        return _with_lr(run, why, 10.0, broken=False)
    why = f"Loss stays at {losses[-1]:.2f}, and guessing gives {guessing:.2f}: learning rate {lr} "
    if _last_lr(run) < TINY:
        return _with_lr(run, f"{why}is too small.", 10.0, broken=False)
    return _with_lr(run, f"{why}teaches nothing.", 0.1)


def _overshot(losses: list[float], lr: float, guessing: float) -> bool:
    """Did the loss leap? First weights can be large enough that it swings under a tiny learning rate too."""
    peak, first = max(losses), losses[0]
    if lr < TINY:
        return peak > 2 * max(GUESSING, first)
    return peak > min(2 * GUESSING, max(guessing, first) + LEAP)


def _by_labels(wrong: float, least: float, guessing: float) -> Diagnosis:
    text = f"{percent(wrong)} of the labels are wrong: on these no network's loss is expected below "
    text += f"{least:.2f}, and guessing gives {guessing:.2f}."
    return Diagnosis(text, "Again with right labels", {"wrong_labels": 0.0})


def _made_so(run: Run) -> Diagnosis | None:
    """What no learning rate cures: how the network began, or what its units do."""
    losses = [point.value for point in run.series.get("train_loss", ())]
    if not losses:
        return None
    first_weights, went = run.config.get("first_weights", "torch"), f"Loss began at {_size(losses[0])}"
    found = {"zero": NO_UNIT_DIFFERS, "tiny": NO_SIGNAL, "large": NO_MEASURE}.get(first_weights)
    if run.status == "diverged" and first_weights != "large":  # its steps were too long
        return None
    if found is not None:
        text = f"{went}, now {_size(losses[-1])}: {found}"
        return Diagnosis(text, "Again with PyTorch's own first weights", {"first_weights": "torch"})
    if run.config.get("activation") == "sigmoid":
        text = f"{went}, now {_size(losses[-1])}: {LITTLE_BLAME}"
        return Diagnosis(text, "Again with ReLU", {"activation": "relu"})
    return None


def least_loss(wrong_labels: float, label_smoothing: float, classes: int = CLASSES) -> float:
    """What no network gets below, in nats: the entropy of a label, given what its image is. Smoothing goes to
    all ten logits, wrong labels to the classes alone.
    """
    smooth = label_smoothing / CLASSES
    right = (1 - wrong_labels) * (1 - label_smoothing) + smooth
    other = wrong_labels / (classes - 1) * (1 - label_smoothing) + smooth
    shares = (right, *[other] * (classes - 1), *[smooth] * (CLASSES - classes))
    return -sum(share * math.log(share) for share in shares if share > 0)


def only_guesses(run: Run, classes: int = CLASSES) -> bool:
    """Is it, on the test images, no better than one that looks at none of them?"""
    test = run.last("test_accuracy")
    return test is not None and test.value <= GUESSED_AT_MOST / classes


def _size(loss: float) -> str:
    return f"{loss:,.1f}" if loss < 1e6 else f"about 10{raised(math.floor(math.log10(loss)))}"


def _last_lr(run: Run) -> float:
    """The schedule's base, which may have been changed while the run went on."""
    changed = run.last("set_lr")
    return changed.value if changed else float(run.config["lr"])


def _with_lr(run: Run, text: str, factor: float, *, broken: bool = True) -> Diagnosis:
    bounds = knobs(TrainConfig)["lr"]
    assert bounds.low is not None
    assert bounds.high is not None
    lr = float(f"{min(max(_last_lr(run) * factor, bounds.low), bounds.high):.3g}")
    return Diagnosis(text, f"Again with {number(lr)}", {"lr": lr}, broken=broken)
