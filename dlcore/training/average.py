"""A running mean of the weights: steadier than those of the last step, and often right more often.

Polyak and Juditsky 1992, as an exponential mean that begins quickly: over the first steps it forgets their
beginning.
"""

from __future__ import annotations

import torch
from torch import nn

from dlcore.nets.registry import private_copy


def forgets(decay: float, step: int) -> float:
    """The share of the mean that the weights after `step` updates, counted from 1, replace."""
    return 1 - min(decay, (1 + step) / (10 + step))


class Average:
    """`model`: a copy of another in eval mode whose weights are the mean of the other's."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = private_copy(model)
        self.decay = decay

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        """Take in the weights after so many updates."""
        share = forgets(self.decay, step)
        for mean, now in zip(self.model.parameters(), model.parameters(), strict=True):
            mean.lerp_(now, share)
        for same, buffer in zip(self.model.buffers(), model.buffers(), strict=True):
            same.copy_(buffer)
