"""torch's one process-wide generator, lent to one user at a time: for what takes no generator of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_lent = threading.Lock()


@contextmanager
def drawn_with(seed: int) -> Iterator[None]:
    """What is drawn inside depends on `seed` alone, and nobody else's numbers on it. Never yield inside."""
    with _lent, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
