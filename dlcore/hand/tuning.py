"""Fine-tuning: a trained network goes on with one's drawings, and rehearses digits it knows already.

Learning new examples alone overwrites what was known (McCloskey and Cohen 1989, "Catastrophic interference
in connectionist networks"); rehearsing some old ones beside them keeps it (Robins 1995).
"""

from __future__ import annotations

import torch
from torch import nn

from dlcore.data import Samples, Splits
from dlcore.errors import DataError
from dlcore.hand.config import OWN, HandConfig
from dlcore.hand.drawings import Hand, parted, refusal, samples
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.splits import split_order
from dlcore.training.loop import TrainState, start


def hand_splits(hand: Hand, rehearsal: int) -> Splits:
    """OWN images of the hand and so many training digits to learn from; its drawings set aside to judge by.

    Raises DataError if nothing can be learned from this hand.
    """
    mine, aside = parted(hand)
    if sentence := refusal(mine):
        raise DataError(sentence)
    own = samples(mine)[torch.arange(OWN) % len(mine)]
    old = load_train()[split_order()[:rehearsal]]
    both = Samples(torch.cat([own.images, old.images]), torch.cat([own.labels, old.labels]))
    return Splits(both, samples(aside), load_test())


def begin(config: HandConfig, model: nn.Module) -> TrainState:
    """The state of a training that goes on from this model, which is its own from now on."""
    return start(config.training(), model.requires_grad_(True))
