"""Two ways to measure a network at many places of its weights' space, behind one call."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from dlcore.events import Tick
from dlcore.landscape.chain import read_chain
from dlcore.landscape.directions import Weights
from dlcore.landscape.generic_engine import GenericEngine
from dlcore.landscape.judged import Judged
from dlcore.landscape.row_engine import RowEngine


class Engine(Protocol):
    """It knows the samples. Weights come to it as one vector, in an order of its own."""

    def vector(self, weights: Weights) -> Tensor:
        """Weights or a direction -> (P,) float32. Linear: sums of vectors are vectors of sums."""

    def judge(
        self, start: Tensor, along: Tensor, steps: Sequence[float]
    ) -> Generator[Tick, None, list[Judged]]:
        """The networks start + step·along, in eval mode; a Tick at least every 50 ms. One row at a time."""


def judge_one(engine: Engine, vector: Tensor) -> Generator[Tick, None, Judged]:
    """The network with these weights."""
    (judged,) = yield from engine.judge(vector, torch.zeros_like(vector), (0.0,))
    return judged


def make_engine(model: nn.Module, images: Tensor, labels: Tensor) -> Engine:
    """The fastest engine that knows this kind of network. The model itself is only read.

    `images`: (N, 1, 28, 28) float32, normalised; `labels`: (N,). Both on the CPU.
    """
    chain = read_chain(model)
    if chain is not None:
        return RowEngine(chain, images, labels)
    return GenericEngine(model, images, labels)
