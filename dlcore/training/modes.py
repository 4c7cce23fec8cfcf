"""Leave what you borrow as you found it: train/eval modes and torch's process-wide random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put every submodule in train or eval mode, and each back in its own mode afterwards."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


class OwnRandom:
    """A run's own stream for what takes no generator (dropout): swapped in around a step, then out.

    Without it, two runs in one process would draw from each other's random numbers.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self._device = device
        with self._preserving_global_state():
            torch.manual_seed(seed)
            self.state = self._get()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Never yield to others inside: the process-wide state is this run's for the moment."""
        with self._preserving_global_state():
            self._set(self.state)
            yield
            self.state = self._get()

    @contextmanager
    def _preserving_global_state(self) -> Iterator[None]:
        before = self._get()
        try:
            yield
        finally:
            self._set(before)

    def _get(self) -> tuple[Tensor, ...]:
        if self._device.type == "cuda":
            return torch.get_rng_state(), torch.cuda.get_rng_state(self._device)
        if self._device.type == "mps":
            return torch.get_rng_state(), torch.mps.get_rng_state()
        return (torch.get_rng_state(),)

    def _set(self, state: tuple[Tensor, ...]) -> None:
        torch.set_rng_state(state[0])
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(state[1], self._device)
        elif self._device.type == "mps":
            torch.mps.set_rng_state(state[1])
