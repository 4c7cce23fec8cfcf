"""What the page of the classifier says about its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from dlcore.classifier.collection import Collection
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.judge import Judged
from dlcore.classifier.project import Iteration
from dlcore.schema import knobs
from dlcore.training.change import Change
from dlcore.words import count_of


def plain_score(config: ClassifierConfig, collection: Collection, judged: Judged) -> str:
    """For a card that goes with a classifier: how many, by whom, how far chance reaches; and what makes the
    score better than it is.
    """
    words = (
        f"{judged.right} of {judged.total} pictures were named as labelled, each by a head that never saw it "
        f"(95 %: {_percents(judged)})."
    )
    if config.split == "random":
        words += " Near-copies of one picture may have been on both sides of the split: it says too much."
    if bool(collection.copies.any()):
        words += f" {int(collection.copies.sum())} of the pictures are near-copies made of others."
    if config.labels != "right":
        words += " Labels were made wrong on purpose."
    return words


def _percents(judged: Judged) -> str:
    return f"{100 * judged.band.low:.0f} to {100 * judged.band.high:.0f} %"


def score_words(config: ClassifierConfig, collection: Collection, judged: Judged) -> str:
    """How many are right, by whom, and how far chance reaches; by the true labels too if some are wrong."""
    words = (
        f"**{judged.right} of {judged.total}** named as labelled, each by a head that never saw it "
        f"(95 % band: {_percents(judged)})."
    )
    if config.split == "random" and bool(collection.copies.any()):
        words += " But many saw a near-copy of it."
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
    """What the score did."""
    if before is None:
        return "the first"
    points = round(100 * (after.right / after.total - before.right / before.total), 1) + 0.0  # never -0.0
    return f"{points:+.1f} points"


@dataclass(frozen=True)
class Round:
    """What a round was made from, and which pictures came out right, by digest."""

    config: ClassifierConfig
    labels: Mapping[str, str]
    right: Mapping[str, bool]


def round_of(config: ClassifierConfig, collection: Collection, judged: Judged) -> Round:
    right = (judged.predictions == judged.labels).tolist()
    digests = [picture.digest for picture in collection.pictures]
    labels = {picture.digest: picture.label for picture in collection.pictures}
    return Round(config, labels, dict(zip(digests, right, strict=True)))


def changed_words(before: Round | None, after: Round) -> str:
    """What is different from the round before, and whether the pictures of both came out better or worse by
    more than chance (a sign test on those that turned); "" if nothing is.
    """
    if before is None:
        return f"{count_of(len(after.labels), 'picture')}, {len(set(after.labels.values()))} classes"
    changes = [
        f"{knob.title}: {knob.options.get(str(getattr(after.config, name)), getattr(after.config, name))}"
        for name, knob in knobs(ClassifierConfig).items()
        if getattr(after.config, name) != getattr(before.config, name)
    ]
    old, new = before.labels, after.labels
    if not changes:
        parts = {
            "added": len(new.keys() - old.keys()),
            "taken out": len(old.keys() - new.keys()),
            "relabelled": sum(old[digest] != new[digest] for digest in old.keys() & new.keys()),
        }
        changes = [f"{count_of(count, 'picture')} {what}" for what, count in parts.items() if count]
    if not changes:
        return ""
    return f"{', '.join(changes)}. {_turned_words(before.right, after.right)}".strip()


def _turned_words(before: Mapping[str, bool], after: Mapping[str, bool]) -> str:
    both = before.keys() & after.keys()
    better = sum(after[digest] and not before[digest] for digest in both)
    worse = sum(before[digest] and not after[digest] for digest in both)
    if not better + worse:
        return ""
    chance = Change(len(both), sum(before[digest] for digest in both), better, worse).within_chance
    return f"Of the rest {better} turned right, {worse} wrong: {'within' if chance else 'more than'} chance."


def tuned_words(before: tuple[int, int], after: tuple[int, int]) -> str:
    """Did fine-tuning do better than the head alone? Both judged by the same pictures."""
    (was, total), (now, _) = before, after
    words = f"Of {total} pictures it never saw, {was} were right before, {now} are now: "
    verdict = (
        "it gained nothing" if now == was else f"it {'gained' if now > was else 'lost'} {abs(now - was)}"
    )
    return f"{words}{verdict}. One picture is {100 / total:.0f} points."
