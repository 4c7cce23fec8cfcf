"""What comparing runs teaches: how exact a repetition is, and how much luck there is in a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlcore.cards import Card, Finding
from dlcore.run import Run
from dlcore.runs.compare import differing
from dlcore.runs.verdict import verdict


def _same(runs: Sequence[Run]) -> Finding | None:
    """Two finished runs with the same settings, seed, threads and device."""
    ended = [run for run in runs if run.status == "finished" and run.series.get("epoch_loss")]
    for position, first in enumerate(ended):
        for second in ended[position + 1 :]:
            alike = not differing([first, second])
            alike &= (first.threads, first.device) == (second.threads, second.device)
            alike &= len(first.series["epoch_loss"]) == len(second.series["epoch_loss"])
            if alike and first.controls() == second.controls():
                return _equality(first, second)
    return None


def _equality(first: Run, second: Run) -> Finding:
    a, b = ([m.value for m in run.series["epoch_loss"]] for run in (first, second))
    equal = a == b
    gap = max(abs(x - y) for x, y in zip(a, b, strict=True))
    words = "equal to the last digit" if equal else f"up to {gap:.2g} apart"
    return Finding(
        f"{first.name} and {second.name}: the losses of {len(a)} epochs are {words}.",
        shown=equal,
        right="Equal to the last digit" if equal else "Nearly equal" if gap < 1e-3 else "It is luck",
    )


def _seeds(runs: Sequence[Run]) -> Finding | None:
    """At least two tested runs that differ in nothing but their seed."""
    tested = [run for run in runs if run.last("test_accuracy") is not None]
    if len(tested) < 2 or set(differing(tested)) != {"seed"}:
        return None
    shares = [100 * point.value for run in tested if (point := run.last("test_accuracy")) is not None]
    low, high = min(shares), max(shares)
    some = "Some tenths of a point" if high - low < 1 else "Several points"
    return Finding(
        f"{len(shares)} seeds: from {low:.2f} to {high:.2f} % of the test images, "
        f"{high - low:.2f} points apart. A knob that changes less has not been shown to change anything.",
        shown=high > low,
        right="Not at all" if high == low else some,
    )


def _knob(runs: Sequence[Run]) -> Finding | None:
    """Two learning rates, at least one of them with two seeds."""
    found = verdict(runs)
    if found is None or not {"lr", "seed"} >= set(differing(runs)) or len(found.groups) < 2:
        return None
    right = {"more than luck": "The knob", "within luck": "Luck"}.get(found.kind)
    return Finding(found.sentence, shown=True, right=right) if right else None  # from one seed each: not yet


CARDS: Mapping[str, Card] = {
    "same": Card(
        "The same run again",
        "Same settings, same seed: how near are the two losses?",
        ("Equal to the last digit", "Nearly equal", "It is luck"),
        setup={"variation": "same"},
        setup_words="nothing changes, the same seed; now press Start again",
        see=_same,
        why="Every random choice comes from the seed: first weights, order of images, dropout. "
        "With as many threads, the arithmetic repeats too.",
    ),
    "seeds": Card(
        "How much is luck?",
        "Only the seed differs. How far apart are the test results?",
        ("Not at all", "Some tenths of a point", "Several points"),
        setup={"variation": "next_seed"},
        setup_words="only the seed changes; now press Start again",
        see=_seeds,
        why="Other first weights and another order end elsewhere. This spread is the noise floor of every "
        "comparison.",
    ),
    "knob": Card(
        "Luck or learning rate?",
        "Twice the learning rate, two seeds of each: will the difference be the knob's, or luck?",
        ("The knob", "Luck"),
        setup={"variation": "lr_double"},
        setup_words="the learning rate is doubled; press Start again, then run each with the next seed",
        see=_knob,
        why="A difference counts when it is larger than what the seed alone changes. So each setting needs "
        "a second seed.",
    ),
}
