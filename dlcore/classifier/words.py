"""What the page of the classifier says about its numbers."""

from __future__ import annotations

import torch

from dlcore.classifier.collection import Collection
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.judge import Judged
from dlcore.classifier.project import Iteration
from dlcore.schema import knobs
from dlcore.training.evaluation import band
from dlcore.words import count_of

Round = tuple[ClassifierConfig, Collection]


def plain_score(judged: Judged) -> str:
    """For a card that goes with a classifier: how many, by whom, and how far chance reaches."""
    low, high = judged.band.low, judged.band.high
    return (
        f"{judged.right} of {judged.total} pictures were named as labelled, each by a head that never saw it "
        f"(95 %: {100 * low:.0f} to {100 * high:.0f} %)."
    )


def score_words(collection: Collection, judged: Judged) -> str:
    """How many are right, by whom, and how far chance reaches; by the true labels too if some are wrong."""
    low, high = judged.band.low, judged.band.high
    words = (
        f"**{judged.right} of {judged.total}** named as labelled, each by a head that never saw it "
        f"(95 %: {100 * low:.0f} to {100 * high:.0f} %)."
    )
    if bool(collection.wrong.any()):
        right = judged.right_by(collection.truth)
        count = int(collection.wrong.sum())
        words += f" {count_of(count, 'label')} made wrong on purpose: by the true ones {right} are right."
    return words


def fold_words(judged: Judged) -> str:
    """What one error weighs: in one part, and in all."""
    parts = torch.bincount(judged.folds).tolist()
    small = min(parts)
    return (
        f"{len(parts)} parts take turns, the smallest of {count_of(small, 'picture')}: there one error is "
        f"{100 / small:.0f} points. Of all {judged.total} it is {100 / judged.total:.1f}."
    )


def change_words(before: Iteration | None, after: Iteration) -> str:
    """What the score did, and whether that is more than chance can do."""
    if before is None:
        return "the first"
    was, now = band(before.right, before.total), band(after.right, after.total)
    points = 100 * (after.right / after.total - before.right / before.total)
    apart = now.low > was.high or now.high < was.low
    return f"{points:+.1f} points (±{100 * now.half_width:.1f}), " + (
        "more than chance" if apart else "within chance"
    )


def changed_words(before: Round | None, after: Round) -> str:
    """What is different from the round before; "" if nothing is."""
    if before is None:
        return f"{count_of(len(after[1].pictures), 'picture')}, {len(after[1].classes)} classes"
    changes = [
        f"{knob.title}: {knob.options.get(str(getattr(after[0], name)), getattr(after[0], name))}"
        for name, knob in knobs(ClassifierConfig).items()
        if getattr(after[0], name) != getattr(before[0], name)
    ]
    old, new = ({p.digest: p.label for p in one[1].pictures} for one in (before, after))
    if not changes:
        parts = {
            "added": len(new.keys() - old.keys()),
            "taken out": len(old.keys() - new.keys()),
            "relabelled": sum(old[digest] != new[digest] for digest in old.keys() & new.keys()),
        }
        changes = [f"{count_of(count, 'picture')} {what}" for what, count in parts.items() if count]
    return ", ".join(changes)


def tuned_words(before: tuple[int, int], after: tuple[int, int]) -> str:
    """Did fine-tuning do better than the head alone? Both judged by the same pictures."""
    (was, total), (now, _) = before, after
    change = (
        "more than chance"
        if band(now, total).low > band(was, total).high or band(was, total).low > band(now, total).high
        else "within chance"
    )
    if now == was:
        return (
            f"Of {total} pictures it never saw, {was} were right before and {now} are now: it gained nothing."
        )
    verb = "gained" if now > was else "lost"
    return f"Of {total} pictures it never saw, {was} were right before, {now} are now: it {verb}, {change}."
