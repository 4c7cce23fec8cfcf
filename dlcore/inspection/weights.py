"""How a network's weights are spread, layer by layer: counts between fixed marks, so that moments compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

BINS = 41  # an odd number: one of them lies around 0
LADDER = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Histogram:
    """`shares` of a layer's weights between -`edge` and `edge`; what lies beyond counts in the last."""

    layer: str
    edge: float
    shares: tuple[float, ...]
    count: int

    @property
    def marks(self) -> tuple[float, ...]:
        """The middle of each bin."""
        return tuple(float(x) for x in (np.arange(BINS) + 0.5) * 2 * self.edge / BINS - self.edge)


def matrices(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """By its layer's name, every weight that is no bias and of no norm, from a state_dict."""
    return {
        name.removesuffix(".weight"): tensor
        for name, tensor in weights.items()
        if name.endswith(".weight") and tensor.dim() > 1
    }


def edge_of(tensors: Iterable[Tensor]) -> float:
    """The first of 1, 2, 5, 10 … (and 0.5, 0.2, 0.1 …) that all their finite values lie within."""
    largest = max((float(t.detach().abs().nan_to_num(0, 0, 0).max()) for t in tensors), default=0.0)
    rungs = sorted(float(f"{digit}e{power}") for power in range(-6, 7) for digit in LADDER)
    return next((rung for rung in rungs if rung >= largest), rungs[-1])


def histogram(layer: str, tensor: Tensor, edge: float) -> Histogram:
    """Of one layer's weights; what is not finite is left out."""
    values = tensor.detach().flatten().numpy()
    values = np.clip(values[np.isfinite(values)], -edge, edge)
    counts, _ = np.histogram(values, BINS, (-edge, edge))
    total = max(1, int(counts.sum()))
    return Histogram(layer, edge, tuple(float(count) / total for count in counts), int(counts.sum()))
