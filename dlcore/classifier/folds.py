"""Who learns and who judges: near-copies of one picture always on the same side, if asked so."""

from __future__ import annotations

import torch
from torch import Tensor

from dlcore.errors import DataError

FOLDS = 5
_TOO_FEW = (
    "Each class needs at least two different pictures, one to learn from and one to judge by; near-copies "
    "count as one, unless the split is at random."
)


def folds_of(labels: Tensor, groups: Tensor, seed: int, most: int = FOLDS) -> Tensor:
    """(N,) int64, the fold of each picture: whole groups, and of each class about as many in every fold.

    As many folds as the smallest class has groups, `most` at most. Raises DataError if a class has fewer
    than two, or all of it comes into one fold: nobody could judge what was learned of it.
    """
    held = {int(label): len(groups[labels == label].unique()) for label in labels.unique()}
    count = min([most, *held.values()])
    if count < 2:
        raise DataError(_TOO_FEW)
    generator = torch.Generator().manual_seed(seed)
    fold = torch.empty_like(labels)
    numbers = groups.unique()
    classes = int(labels.max()) + 1
    filled = torch.zeros(count, classes)
    order = numbers[torch.randperm(len(numbers), generator=generator)].tolist()
    sizes = {number: torch.bincount(labels[groups == number], minlength=classes) for number in order}
    for number in sorted(order, key=lambda one: -int(sizes[one].sum())):  # the largest first, else as drawn
        mine = sizes[number]
        where = int((filled @ mine.float() + filled.sum(1) / len(labels)).argmin())
        filled[where] += mine
        fold[groups == number] = where
    if bool(((filled > 0).sum(0)[labels.unique()] < 2).any()):
        raise DataError(_TOO_FEW)
    return fold
