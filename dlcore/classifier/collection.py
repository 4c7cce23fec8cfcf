"""The pictures as they are trained on: some of each class, near-copies, wrong labels, decisions applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dlcore.classifier.config import SHARE_WRONG, ClassifierConfig
from dlcore.classifier.pictures import near_copy
from dlcore.classifier.project import Decisions, Picture
from dlcore.errors import DataError

COPIES = 3


@dataclass(frozen=True)
class Collection:
    """N pictures with their labels as they are trained on; `truth` is what those would be had none been
    made wrong on purpose. `copies` are made from other pictures.
    """

    pictures: tuple[Picture, ...]
    classes: tuple[str, ...]
    labels: Tensor  # (N,) int64
    truth: Tensor  # (N,) int64
    copies: Tensor  # (N,) bool

    @property
    def wrong(self) -> Tensor:
        """(N,) bool: made wrong on purpose, and not yet mended by a decision."""
        return self.labels != self.truth

    @property
    def counts(self) -> tuple[int, ...]:
        """Pictures of each class."""
        return tuple(torch.bincount(self.labels, minlength=len(self.classes)).tolist())


def collect(pictures: Sequence[Picture], config: ClassifierConfig, decisions: Decisions) -> Collection:
    """Raises DataError if fewer than two classes are left."""
    chosen = _some(_each_once(pictures), config)
    labels = _wrong_labels([picture.label for picture in chosen], config)
    given = [replace(picture, label=label) for picture, label in zip(chosen, labels, strict=True)]
    truths = [picture.label for picture in chosen]
    kept = list[tuple[Picture, str, bool]]()
    for picture, truth in zip(given, truths, strict=True):
        decision = decisions.get(picture.digest)
        if decision is not None and decision.action == "delete":
            continue
        if decision is not None and decision.action == "relabel":
            picture = replace(picture, label=decision.label)
            truth = decision.label if config.labels == "right" else truth  # whoever decides knows it
        kept.append((picture, truth, False))
        if config.copies == "three":
            copies = [near_copy(picture, number, config.seed) for number in range(1, COPIES + 1)]
            kept += [(copy, truth, True) for copy in copies]
    classes = tuple(sorted({picture.label for picture, _, _ in kept}))
    if len(classes) < 2:
        raise DataError("There is nothing to tell apart: bring pictures of two classes at least.")
    place = {name: number for number, name in enumerate(classes)}
    return Collection(
        tuple(picture for picture, _, _ in kept),
        classes,
        torch.tensor([place[picture.label] for picture, _, _ in kept]),
        torch.tensor([place.get(truth, -1) for _, truth, _ in kept]),
        torch.tensor([copy for _, _, copy in kept]),
    )


def _each_once(pictures: Sequence[Picture]) -> list[Picture]:
    """The same pixels count once, under the first label that they came with."""
    return list({picture.digest: picture for picture in reversed(pictures)}.values())[::-1]


def _some(pictures: list[Picture], config: ClassifierConfig) -> list[Picture]:
    """So many of each class, drawn by the seed, in the order they came; where each gets copies, a few."""
    if config.take == "all" and config.copies == "none":
        return pictures
    count = int(config.take) if config.take != "all" else 10
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(config.seed)).tolist()
    left, drawn = dict.fromkeys({picture.label for picture in pictures}, count), set()
    for place in order:
        if left[pictures[place].label]:
            left[pictures[place].label] -= 1
            drawn.add(place)
    return [picture for place, picture in enumerate(pictures) if place in drawn]


def _wrong_labels(labels: list[str], config: ClassifierConfig) -> list[str]:
    """Some are made another class, each other one as likely; shuffled, all are dealt out anew."""
    if config.labels == "right":
        return labels
    generator = torch.Generator().manual_seed(config.seed + 1)
    order = torch.randperm(len(labels), generator=generator).tolist()
    if config.labels == "shuffled":
        return [labels[place] for place in order]
    classes, labels = sorted(set(labels)), list(labels)
    for place in order[: round(SHARE_WRONG[config.labels] * len(labels))]:
        others = [name for name in classes if name != labels[place]]
        if others:
            labels[place] = others[int(torch.randint(len(others), (), generator=generator))]
    return labels
