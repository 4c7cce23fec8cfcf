"""What a fine-tuning changed: drawings and test digits, read before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dlcore.hand.drawings import Hand, aside, samples
from dlcore.mnist.normalize import Normalize
from dlcore.training.change import Change, change
from dlcore.training.evaluation import Evaluation

Right = NDArray[np.bool_]
Votes = NDArray[np.float32]  # (N, 10) probabilities


@torch.inference_mode()
def read_hand(model: nn.Module, normalize: Normalize, hand: Hand) -> Votes:
    """What a network in eval mode makes of these drawings: (N, 10) probabilities."""
    if not hand:
        return np.zeros((0, 10), np.float32)
    votes: Votes = model(normalize(samples(hand).images)).softmax(1).numpy()
    return votes


def rights(hand: Hand, votes: Votes) -> Right:
    """(N,) whether each drawing is read as what it was meant to be."""
    found: Right = np.array([drawing.label for drawing in hand], np.int64) == votes.argmax(axis=1)
    return found


@dataclass(frozen=True)
class HandResult:
    """The same hand and the same test digits before and after. `rehearsal`: old digits mixed in."""

    rehearsal: int
    learned_from: Change
    set_aside: Change
    test: Change
    forgotten: tuple[int, ...]  # test digits that turned wrong, the surest first


def outcome(
    hand: Hand, votes: tuple[Votes, Votes], test: tuple[Evaluation, Evaluation], rehearsal: int
) -> HandResult:
    """From what the network said of both, before and after."""
    away = aside(hand)
    was, now = (rights(hand, said) for said in votes)
    before, after = (said.predictions == said.labels for said in test)
    lost = np.flatnonzero(before & ~after)
    surest = lost[np.argsort(-test[1].confidences[lost], kind="stable")]
    return HandResult(
        rehearsal,
        change(was[~away], now[~away]),
        change(was[away], now[away]),
        change(before, after),
        tuple(int(index) for index in surest),
    )
