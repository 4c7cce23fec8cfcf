"""Where a network looked: its gradients, gathered on the straight way from a grey picture to this one.

Sundararajan et al. 2017 (arXiv 1703.01365), equation 1. What the pixels are given adds up to the difference
of the two logits, but for what the steps of the sum leave out: their equation 2 asks to say how much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.events import Stage

STEPS = 100
CELLS = 14  # along each side: what the pixels of each are given is added up


@dataclass(frozen=True)
class Integrated:
    """What each cell (CELLS, CELLS) is given of the logit of the class at `place`; `total` is their sum.

    `logit` is that of the picture, `start` that of the grey one.
    """

    place: int
    cells: NDArray[np.float32]
    total: float
    logit: float
    start: float
    steps: int

    @property
    def left_out(self) -> float:
        """By how much the sum misses the difference of the logits."""
        return self.total - (self.logit - self.start)


def iter_integrated(
    network: nn.Module, batch: Tensor, place: int, grey: Tensor, steps: int = STEPS
) -> Iterator[Stage | Integrated]:
    """Walk from a picture that is all `grey` (1, 3, 1, 1) to the first of a batch; the last event is an
    Integrated. The network is only asked.

    The steps begin small and grow, as squares do: most of a logit's rise lies in the first tenth of the way.
    """
    here = batch[:1]
    there = here - grey  # (1, 3, H, W): the way
    slopes = torch.zeros_like(here)
    for step in range(steps):
        middle, length = ((step + 0.5) / steps) ** 2, (2 * step + 1) / steps**2
        slopes += length * _slope(network, grey + there * middle, place)
        yield Stage((step + 1) / steps, f"{step + 1} of {steps} steps from grey to the picture")
    given = (there * slopes).sum(1)[0].double()  # (H, W)
    logit, start = (_logit(network, x, place) for x in (here, grey.expand_as(here)))
    yield Integrated(place, _cells(given), float(given.sum()), logit, start, steps)


def _slope(network: nn.Module, x: Tensor, place: int) -> Tensor:
    """The gradient of a logit with respect to the picture."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (found,) = torch.autograd.grad(network(x)[0, place], x)
    return found


def _logit(network: nn.Module, x: Tensor, place: int) -> float:
    with torch.inference_mode():
        return float(network(x)[0, place])


def _cells(given: Tensor) -> NDArray[np.float32]:
    """(H, W) in CELLS × CELLS parts, each added up: none is left out, whatever the side."""
    rows, columns = ([round(i * side / CELLS) for i in range(CELLS)] for side in given.shape)
    values = np.add.reduceat(np.add.reduceat(given.numpy(), rows, 0), columns, 1)
    return values.astype(np.float32)
