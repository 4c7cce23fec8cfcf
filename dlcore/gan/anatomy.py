"""What flows through both networks, layer by layer: shapes, parameters, and the numbers of one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.nets.registry import count_parameters


@dataclass(frozen=True)
class SeenLayer:
    """A layer as its network calls it; `gives` is what it gave for the first picture, without the batch."""

    name: str
    kind: str
    parameters: int
    gives: NDArray[np.float32]

    @property
    def shape(self) -> str:
        return "×".join(map(str, self.gives.shape))

    @property
    def maps(self) -> bool:
        """Has it two dimensions to look at?"""
        return self.gives.ndim == 3


@torch.no_grad()
def layers_of(network: nn.Module, *given: Tensor) -> tuple[SeenLayer, ...]:
    """Every layer, in the order in which it works. The network is left as it was."""
    found: list[SeenLayer] = []
    hooks = [layer.register_forward_hook(_noting(found, name)) for name, layer in network.named_children()]
    try:
        network(*given)
    finally:
        for hook in hooks:
            hook.remove()
    return tuple(found)


def _noting(found: list[SeenLayer], name: str) -> Any:
    def note(layer: nn.Module, _: Any, output: Tensor) -> None:
        gives = output[0].float().numpy().copy()
        found.append(SeenLayer(name, type(layer).__name__, count_parameters(layer), gives))

    return note
