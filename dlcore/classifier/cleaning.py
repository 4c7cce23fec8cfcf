"""Which pictures to look at first: those whose labels are most doubtful."""

from __future__ import annotations

from torch import Tensor

from dlcore.classifier.judge import Judged


def suspects(judged: Judged) -> Tensor:
    """(N,) int64: all pictures, the most doubtful label first, by heads that did not learn from it.

    Out-of-fold loss: a head that has learned a wrong label by heart finds nothing wrong with it
    (Northcutt et al. 2021, arXiv 1911.00068, rank by held-out shares too).
    """
    return judged.losses.argsort(descending=True, stable=True)


def learned_by_heart(judged: Judged) -> Tensor:
    """(N,) int64: the same order by the head that has learned from every picture: it hides what it knows."""
    return judged.losses_by_heart.argsort(descending=True, stable=True)


def found_among(order: Tensor, wrong: Tensor, looked_at: int) -> int:
    """How many of the `wrong` (N,) bool are among the first so many of an order."""
    return int(wrong[order[:looked_at]].sum())
