"""Which digits are for learning, which for choosing, which for the final question.

The split is one fixed shuffle of the 60,000 training digits: it is part of the task, not of a run, so
two runs with different seeds still learn from and are judged on the same digits.
"""

from __future__ import annotations

import torch

from dlcore.data import Splits
from dlcore.errors import ConfigError
from dlcore.mnist.files import load_test, load_train

SPLIT_SEED = 0
TRAIN_TOTAL = 60_000
TEST_TOTAL = 10_000


def make_splits(train_size: int, val_size: int) -> Splits:
    """The first `train_size` digits of the fixed shuffle, and the last `val_size` of it.

    With val_size 5,000 and train_size up to 55,000 the two never overlap; (60,000, 0) uses all.
    Raises ConfigError if they would overlap, DataError if the files are damaged.
    """
    if sentence := overlap(train_size, val_size):
        raise ConfigError(sentence)
    digits, order = load_train(), split_order()
    return Splits(
        train=digits[order[:train_size]],
        val=digits[order[TRAIN_TOTAL - val_size :]],
        test=load_test(),
    )


def overlap(train_size: int, val_size: int, held: int = TRAIN_TOTAL, title: str = "") -> str:
    """Why there are no splits of these sizes, of MNIST or of a set with this `title`: a sentence, or "" if
    there are.
    """
    total = train_size + val_size
    if total <= held:
        return ""
    most = f"{held:,} together at most{f', as many as {title} has' if title else ''}"
    return f"Training and validation images must be {most}. Got {total:,} instead."


def split_order() -> torch.Tensor:
    """The fixed shuffle: which training digit comes at which place, (60,000,)."""
    return torch.randperm(TRAIN_TOTAL, generator=torch.Generator().manual_seed(SPLIT_SEED))
