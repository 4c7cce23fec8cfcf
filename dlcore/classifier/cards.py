"""The cards of the page of the classifier. They read what the visitor's own heads have learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding, nearest
from dlcore.classifier.cleaning import found_among, learned_by_heart, suspects
from dlcore.classifier.collection import Collection
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.curve import Curve
from dlcore.classifier.judge import Judged
from dlcore.classifier.scratch import Scratch
from dlcore.words import exact_percent, percent


@dataclass(frozen=True)
class ShownClassifier:
    """What the page shows. `curve` and `scratch` are there once they were asked for."""

    config: ClassifierConfig
    collection: Collection
    judged: Judged
    curve: Curve | None = None
    scratch: Scratch | None = None


def _few(seen: ShownClassifier) -> Finding | None:
    point = seen.curve.at(3) if seen.curve is not None else None
    if point is None or seen.config.labels != "right":
        return None
    answers = {"About 60 %": 0.60, "About 80 %": 0.80, "About 95 %": 0.95}
    return Finding(
        f"with 3 pictures of each class {exact_percent(point.mean, 1)} of the others are right, give or take "
        f"{exact_percent(point.spread, 1)} with which three.",
        shown=point.mean > 0.85,
        right=nearest(point.mean, answers),
    )


def _copies(seen: ShownClassifier) -> Finding | None:
    config = seen.config
    if config.labels != "shuffled" or config.copies != "three" or config.split != "random":
        return None
    chance = max(seen.collection.counts) / sum(seen.collection.counts)
    share = seen.judged.right / seen.judged.total
    return Finding(
        f"of labels that mean nothing {percent(share)} come out right; always the largest class would be "
        f"{percent(chance)}. Now turn the split to By content.",
        shown=share > chance + 0.3,
        right="Nearly all" if share > 0.8 else "About half" if share > 0.45 else "About a third",
    )


def _clean(seen: ShownClassifier) -> Finding | None:
    wrong = seen.collection.wrong
    count = int(wrong.sum())
    if seen.config.labels != "noise_30" or seen.config.copies != "none" or not count:
        return None
    held_out = found_among(suspects(seen.judged), wrong, count)
    by_heart = found_among(learned_by_heart(seen.judged), wrong, count)
    better = "One that never saw the picture" if held_out > by_heart else "One that learned it"
    return Finding(
        f"{count} labels are wrong. Of the {count} most doubtful pictures {held_out} are among them by heads "
        f"that never saw the picture, {by_heart} by one that learned them all.",
        shown=held_out > by_heart,
        right=better if held_out != by_heart else "",
    )


def _scratch(seen: ShownClassifier) -> Finding | None:
    if seen.scratch is None or seen.config.labels != "right":
        return None
    mine, theirs = seen.scratch.right / seen.scratch.total, seen.judged.right / seen.judged.total
    answers = {"About 35 %": 0.35, "About 75 %": 0.75, "About 95 %": 0.95}
    return Finding(
        f"from nothing {percent(mine)} are right, with the borrowed network {percent(theirs)}: the same "
        f"{seen.scratch.total} pictures, the same folds.",
        shown=mine < theirs,
        right=nearest(mine, answers),
    )


CARDS: Mapping[str, Card] = {
    "few": Card(
        "Three of each",
        "It learns from three pictures of each class. How many of all others does it name right?",
        ("About 60 %", "About 80 %", "About 95 %"),
        setup={"ask": "curve", "which": "example", "labels": "right", "copies": "none", "take": "all"},
        setup_words="the lab's pictures, and the learning curve",
        see=_few,
        why="The borrowed network already finds fins, stone and steel. One layer has only to weigh what is "
        "there.",
    ),
    "copies": Card(
        "Labels that mean nothing",
        "All labels are dealt out anew, and each picture has near-copies. How many come out right?",
        ("About a third", "About half", "Nearly all"),
        setup={"which": "example", "labels": "shuffled", "copies": "three", "take": "10", "split": "random"},
        setup_words="10 of each class with near-copies, labels shuffled, split at random",
        see=_copies,
        why="A near-copy of nearly every judged picture was learned from, wrong label and all. Such a score "
        "measures memory, not skill.",
    ),
    "clean": Card(
        "Who finds a wrong label?",
        "Three labels in ten are wrong. Whose doubts find more of them?",
        ("One that never saw the picture", "One that learned it"),
        setup={"which": "example", "labels": "noise_30", "copies": "none", "take": "all", "split": "content"},
        setup_words="the lab's pictures, 30 % of the labels wrong",
        see=_clean,
        why="Whoever has learned a wrong label by heart finds nothing wrong with it. Ask one who has not.",
    ),
    "scratch": Card(
        "Why borrow?",
        "A small network that begins from nothing learns the same pictures. How many are right?",
        ("About 35 %", "About 75 %", "About 95 %"),
        setup={"ask": "scratch", "which": "example", "labels": "right", "copies": "none", "take": "all"},
        setup_words="the lab's pictures, and a network from scratch",
        see=_scratch,
        why="Ninety pictures do not teach what an edge or an eye is. A million photographs did, once, for "
        "everybody.",
    ),
}
