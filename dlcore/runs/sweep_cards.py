"""The cards of the page that trains many runs. They read the sweep on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlcore.cards import Card, Finding
from dlcore.runs.sweep_results import Found, luck_or_not, means, share_of
from dlcore.words import count_of, exact_percent

ENOUGH = 6  # seeds, to speak of the best of them
NONE: Mapping[str, Any] = {"second": "nothing", "second_values": "", "third": "nothing", "third_values": ""}
GRID: Mapping[str, Any] = {"base": "class", "way": "grid", "stops": True, **NONE}


def _best(found: Found) -> Finding | None:
    """Of one point with many seeds."""
    if found.turned or len(found.tested) < ENOUGH:
        return None
    shares = [share_of(run) or 0.0 for run in found.tested]
    mean = sum(shares) / len(shares)
    ahead = 100 * (max(shares) - mean)
    several = "Several points" if ahead >= 1 else "Some tenths of a point"
    return Finding(
        f"{len(shares)} seeds: {exact_percent(mean)} on average, from {exact_percent(min(shares))} to "
        f"{exact_percent(max(shares))}. The best is {ahead:.2f} points above the mean, by its seed alone.",
        shown=ahead > 0,
        right=several if ahead > 0 else "Not at all",
    )


def _which(found: Found) -> Finding | None:
    """Two knobs, each judged against the luck of the seeds."""
    if set(found.turned) != {"lr", "dropout"}:
        return None
    said = luck_or_not(found.tested, found.turned)
    if len(said) < 2 or any(verdict.kind == "unknown" for verdict in said.values()):
        return None
    gaps = {}
    for knob in said:
        values = [row.mean for row in means(found.tested, knob)]
        gaps[knob] = max(values) - min(values)
    larger = max(gaps, key=lambda knob: gaps[knob])
    proven = said[larger].kind == "more than luck"
    right = {"lr": "Learning rate", "dropout": "Dropout"}[larger] if proven else "Neither"
    told = " ".join(verdict.sentence for verdict in said.values())
    return Finding(told, shown=right == "Learning rate", right=right)


def _twins(found: Found) -> Finding | None:
    """Adam and AdamW with the same seeds."""
    runs = found.tested
    optimizers = {run.config.get("optimizer") for run in runs}
    if found.turned != ("optimizer",) or optimizers != {"adam", "adamw"}:
        return None
    if any(run.config.get("weight_decay") for run in runs):
        return None
    losses: dict[Any, dict[Any, float]] = {}
    for run in runs:
        loss = run.last("test_loss") or run.last("test_accuracy")
        if loss is not None:
            losses.setdefault(run.config.get("seed"), {})[run.config.get("optimizer")] = loss.value
    pairs = [pair for pair in losses.values() if len(pair) == len(optimizers)]
    if not pairs:
        return None
    gap = max(abs(pair["adam"] - pair["adamw"]) for pair in pairs)
    words = "equal to the last digit" if gap == 0 else f"up to {gap:.2g} apart"
    by = {row.value: row.mean for row in means(runs, "optimizer")}
    better = "Adam" if by["adam"] > by["adamw"] else "AdamW"
    return Finding(
        f"With {count_of(len(pairs), 'seed')}, Adam's and AdamW's test losses are {words}.",
        shown=gap == 0,
        right="Neither: they are equal" if gap == 0 else better,
    )


def _drawn(found: Found) -> Finding | None:
    """Nine points over two knobs: a grid repeats its learning rates, a draw does not."""
    if set(found.turned) != {"lr", "dropout"} or len(found.points) != 9:
        return None
    tried = len({entry.config.lr for entry in found.sweep.entries})
    if tried == 3:  # a grid has nothing to say of a draw
        return None
    return Finding(
        f"Nine points tried {count_of(tried, 'learning rate')}. A grid of three by three tries three.",
        shown=tried > 6,
        right="3 and about 9" if tried > 6 else "",
    )


CARDS: Mapping[str, Card] = {
    "best": Card(
        "The best of twelve",
        "Twelve runs differ in their seed alone. How far is the best above their mean?",
        ("Not at all", "Some tenths of a point", "Several points"),
        setup={**GRID, "first": "lr", "first_values": "0.005", "seeds": 12},
        setup_words="one setting, twelve seeds; start the sweep",
        see=_best,
        why="Whoever tries often and shows the best shows luck. Compare means over seeds, or let the best "
        "prove itself once more with other seeds.",
    ),
    "which": Card(
        "Which knob matters?",
        "Learning rate 0.0005 or 0.005, dropout 0 or 0.3, three seeds each: which knob makes the larger "
        "difference?",
        ("Learning rate", "Dropout", "Neither"),
        setup={
            **GRID,
            "first": "lr",
            "first_values": "0.0005, 0.005",
            "second": "dropout",
            "second_values": "0, 0.3",
            "seeds": 3,
        },
        setup_words="two knobs, three seeds, twelve runs; start the sweep",
        see=_which,
        why="In one short pass, too small a rate is not there yet. Dropout is a remedy for learning by "
        "heart, which one pass cannot do.",
    ),
    "twins": Card(
        "Adam or AdamW?",
        "The same three seeds with Adam and with AdamW, and no weight decay. Which is better?",
        ("Adam", "AdamW", "Neither: they are equal"),
        setup={**GRID, "first": "optimizer", "first_values": "adam, adamw", "seeds": 3},
        setup_words="two optimizers, three seeds, six runs; start the sweep",
        see=_twins,
        why="AdamW differs from Adam only in how weight decay is applied. There is none here, so both make "
        "the very same steps.",
    ),
    "draw": Card(
        "Grid or draw?",
        "Nine points over two knobs: how many learning rates does a grid of three by three try, and how many "
        "a draw?",
        ("3 and 3", "3 and about 9", "9 and 9"),
        setup={
            **GRID,
            "way": "draw",
            "points": 9,
            "first": "lr",
            "first_values": "0.0005, 0.02",
            "second": "dropout",
            "second_values": "0, 0.5",
            "seeds": 1,
        },
        setup_words="nine drawn points, one seed; start the sweep",
        see=_drawn,
        why="A grid repeats each value. If one knob hardly matters, its runs teach nothing new; a draw tries "
        "another value of both each time.",
    ),
}
