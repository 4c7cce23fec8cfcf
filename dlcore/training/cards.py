"""The cards of the training page. Each reads its finding from the learner's own run."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import dist, log

from dlcore.cards import Card, Finding, nearest
from dlcore.run import Run
from dlcore.words import exact_percent, percent


def _values(run: Run, name: str) -> list[float]:
    return [point.value for point in run.series.get(name, ())]


def _ended(run: Run, card: str) -> bool:
    """Has this run come to its end, set up as the card says and moved by nobody? Seed and length are free."""
    setup = {name: value for name, value in CARDS[card].setup.items() if name not in ("preset", "epochs")}
    digits = run.config.get("dataset", "mnist") == "mnist"
    came = run.status in ("finished", "diverged") and not run.controls()
    return came and digits and all(run.config.get(name) == value for name, value in setup.items())


def _lesson(run: Run) -> Finding | None:
    losses = _values(run, "epoch_loss")
    if not _ended(run, "lesson") or len(losses) < 2:
        return None
    by_epoch = [earlier - later for earlier, later in pairwise(losses)]
    falls = sum(fall > 0 for fall in by_epoch)
    fall, most = losses[0] - losses[-1], by_epoch.index(max(by_epoch))
    share = by_epoch[0] / fall if fall > 0 and by_epoch[0] > 0 else 0.0
    first = f" {percent(share)} of that came between epochs 1 and 2." if share else ""
    right = "From 1 to 2" if most == 0 else "The last" if most == len(by_epoch) - 1 else ""
    return Finding(
        f"the loss fell in {falls} of {len(losses) - 1} steps from epoch to epoch, from {losses[0]:.3f} "
        f"to {losses[-1]:.3f}.{first}",
        shown=falls == len(losses) - 1 and share > 0.5,
        right=right if falls else "",
    )


def _crawl(run: Run) -> Finding | None:
    losses = _values(run, "epoch_loss")
    if not _ended(run, "crawl") or not losses:
        return None
    return Finding(
        f"after {len(losses)} epochs the loss is {losses[-1]:.2f}. Guessing gives ln 10 = 2.30.",
        shown=losses[-1] > 1.5,
        right=nearest(log(max(losses[-1], 1e-9)), {f"Near {loss:g}": log(loss) for loss in (0.1, 1, 2.3)}),
    )


def _too_large(run: Run) -> Finding | None:
    losses = _values(run, "train_loss")
    if not _ended(run, "too_large") or not losses:
        return None
    if run.status == "diverged":
        return Finding(run.reason, shown=True, right="It breaks")
    return Finding(
        f"the loss went up to {max(losses):,.3g} and ended at {losses[-1]:.2f}. Guessing gives 2.30.",
        shown=losses[-1] > 1.0,
        right="It breaks" if losses[-1] > 1.0 else "",
    )


def _few(run: Run) -> Finding | None:
    train, val = _values(run, "epoch_accuracy"), _values(run, "val_accuracy")
    if not _ended(run, "few") or not train or not val:
        return None
    pairs = {"Both about 94 %": (0.94, 0.94), "100 % and 94 %": (1, 0.94), "Both 100 %": (1, 1)}
    others = "but only" if val[-1] < train[-1] else "and"
    return Finding(
        f"{exact_percent(train[-1], 1)} of its 600 training images are right, {others} "
        f"{exact_percent(val[-1], 1)} of {run.config['val_size']:,} others.",
        shown=train[-1] - val[-1] > 0.03,
        right=min(pairs, key=lambda answer: dist(pairs[answer], (train[-1], val[-1]))),
    )


def _dropout(run: Run) -> Finding | None:
    train, val = _values(run, "epoch_accuracy"), _values(run, "val_accuracy")
    if not _ended(run, "dropout") or not train or not val:
        return None
    above = sum(v > t for t, v in zip(train, val, strict=False))
    return Finding(
        f"validation was above training in {above} of {len(val)} epochs; in the first, "
        f"{exact_percent(val[0], 1)} against {exact_percent(train[0], 1)}.",
        shown=above > 0,
        right="Validation" if val[0] > train[0] else "Training",
    )


def _wrong(run: Run) -> Finding | None:
    train, val = _values(run, "epoch_accuracy"), _values(run, "val_accuracy")
    if not _ended(run, "wrong") or not train or not val:
        return None
    answers = {"About 40 %": 0.4, "About 70 %": 0.7, "Over 90 %": 0.93}
    return Finding(
        f"of labels of which six in ten are wrong it learned to name {exact_percent(val[-1], 1)} of "
        f"{run.config['val_size']:,} others right. Of the labels it was given it hit {percent(train[-1])}.",
        shown=val[-1] > 0.85,
        right=nearest(val[-1], answers),
    )


def _long_steps(run: Run, card: str, without: str) -> Finding | None:
    val = _values(run, "val_accuracy")
    if not _ended(run, card) or not val:
        return None
    return Finding(
        f"{exact_percent(val[-1], 1)} of {run.config['val_size']:,} validation images are right. Set "
        f"{without} and train it again: the same rate from the first step on does worse, or breaks.",
        shown=val[-1] > 0.9,
        right="It learns well" if val[-1] > 0.9 else "It only guesses" if val[-1] < 0.2 else "",
    )


CARDS: Mapping[str, Card] = {
    "lesson": Card(
        "Where does the loss fall most?",
        "Which epoch brings the largest fall of the loss?",
        ("From 1 to 2", "All alike", "The last"),
        setup={"preset": "lesson", "net": "SimpleCNN", "optimizer": "sgd", "lr": 0.0008, "epochs": 10},
        setup_words="The lesson, ten epochs",
        see=_lesson,
        why="Early gradients are large and agree. Epoch 1's loss is a mean from 2.30 downwards, so even it "
        "hides the steepest part.",
    ),
    "crawl": Card(
        "A hundredth of the lesson's learning rate",
        "Where is the loss after two epochs?",
        ("Near 0.1", "Near 1", "Near 2.3"),
        setup={"preset": "lesson", "net": "SimpleCNN", "optimizer": "sgd", "lr": 0.000008, "epochs": 2,
               "train_size": 6000},
        setup_words="The lesson (SimpleCNN, SGD), lr 0.000008, not 0.0008; 6,000 images, 2 epochs",
        see=_crawl,
        why="Each update moves every weight a hundredth as far. The gradient is fine; the steps are tiny.",
    ),
    "too_large": Card(
        "A thousand times the lesson's learning rate",
        "What does a much larger step do?",
        ("It learns faster", "It breaks", "Nothing new"),
        setup={"preset": "lesson", "net": "SimpleCNN", "optimizer": "sgd", "lr": 0.8, "epochs": 1,
               "train_size": 6000},
        setup_words="The lesson (SimpleCNN, SGD), lr 0.8, not 0.0008; 6,000 images, 1 epoch",
        see=_too_large,
        why="A step that overshoots the valley lands higher than it began. Then the next gradient is larger "
        "still.",
    ),
    "few": Card(
        "Only 600 images",
        "How many of its own 600 images will it get right, and how many of others?",
        ("Both about 94 %", "100 % and 94 %", "Both 100 %"),
        setup={"preset": "class", "net": "FastCNN", "train_size": 600, "epochs": 15},
        setup_words="600 images, 15 epochs",
        see=_few,
        why="With 215,194 parameters it can learn 600 images by heart. That says nothing about others.",
    ),
    "dropout": Card(
        "Better on digits it has never seen?",
        "With half of the hidden units off in training, which curve is higher in epoch 1?",
        ("Training", "Validation"),
        setup={"preset": "class", "dropout": 0.5, "epochs": 2},
        setup_words="Class with dropout 0.5, 2 epochs",
        see=_dropout,
        why="Training is measured with units switched off and while it still learns; validation with all of "
        "them, at the end of the epoch.",
    ),
    "wrong": Card(
        "Six labels in ten are wrong",
        "Six in ten training labels are another digit's, by chance. How many others does it name right?",
        ("About 40 %", "About 70 %", "Over 90 %"),
        setup={"preset": "class", "wrong_labels": 0.6},
        setup_words="Class with 60 % wrong labels",
        see=_wrong,
        why="Wrong labels point everywhere, right ones one way. Averaged over thousands of images the wrong "
        "ones cancel out.",
    ),
    "warmup": Card(
        "A gentle beginning",
        "Six times the usual learning rate, but rising to it over a tenth of the run: does it hold?",
        ("It learns well", "It only guesses"),
        setup={"preset": "class", "lr": 0.03, "schedule": "constant", "warmup": 0.1},
        setup_words="Class, lr 0.03 and constant, warm-up 0.1",
        see=lambda run: _long_steps(run, "warmup", "Warm-up to 0"),
        why="At random weights gradients are long and Adam knows no scale yet: the first steps are the "
        "dangerous ones. Later the same rate is safe.",
    ),
    "norm": Card(
        "A norm instead",
        "Six times the usual learning rate from the first step on, but a group norm in every hidden layer: "
        "does it hold?",
        ("It learns well", "It only guesses"),
        setup={"preset": "class", "lr": 0.03, "schedule": "constant", "norm": "group"},
        setup_words="Class, lr 0.03 and constant, group norm",
        see=lambda run: _long_steps(run, "norm", "Norm to None"),
        why="However far a step throws the weights, each layer's numbers are brought back to mean 0 and "
        "deviation 1. No layer can grow loud or fall silent.",
    ),
}  # fmt: skip
