"""Which images each rank takes of a batch, and what it makes of them: the same in every process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.distributed.config import RanksConfig
from dlcore.mnist.files import load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model


def make_network(seed: int) -> nn.Module:
    """FastCNN, fresh: 215,194 weights, 860,776 bytes of gradients."""
    return build_model("FastCNN", seed=seed)


def whole_batches(config: RanksConfig) -> Iterator[Tensor]:
    """The numbers of the images of each step's batch, of all ranks together: (ranks · batch,) or fewer."""
    order = torch.randperm(config.images, generator=torch.Generator().manual_seed(config.seed))
    for step, whole in enumerate(order.split(config.whole), start=1):
        if (config.steps and step > config.steps) or (config.drop_last and len(whole) < config.whole):
            return
        yield whole


def share_of(whole: Tensor, rank: int, batch: int) -> Tensor:
    """A rank's share of a batch: (batch,), or what is left for it."""
    return whole[rank * batch : (rank + 1) * batch]


@dataclass(frozen=True)
class Share:
    """What one rank has of the first batch, and the gradient it finds alone."""

    pixels: NDArray[np.uint8]  # (B, 28, 28)
    labels: tuple[int, ...]
    loss: float
    gradient: tuple[float, ...]  # of the last layer's ten biases, one for each digit


def first_shares(config: RanksConfig) -> tuple[Share, ...]:
    """The first step's shares by rank, computed here, one after the other: no rank has been asked."""
    network, digits = make_network(config.seed), load_train()
    whole = next(whole_batches(config))
    *_, bias = network.parameters()
    found = []
    for rank in range(config.ranks):
        share = share_of(whole, rank, config.batch)
        images, labels = digits.images[share], digits.labels[share]
        loss = F.cross_entropy(network(NORMALIZE["mnist"](images)), labels)
        (gradient,) = torch.autograd.grad(loss, (bias,))
        found.append(
            Share(images[:, 0].numpy(), tuple(labels.tolist()), loss.item(), tuple(gradient.tolist()))
        )
    return tuple(found)
