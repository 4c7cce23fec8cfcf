"""The weights of a layer as pictures, and what this digit's loss would have them become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from dlcore.inspection.activations.flow import Operation
from dlcore.inspection.listening import Floats, Unit, copy_without
from dlcore.mnist.normalize import Normalize


@dataclass(frozen=True)
class Filters:
    """Kernels as tiles and the gradient of one digit's loss with respect to them, both (N, h, w).

    Of a layer that reads one map: every kernel of the layer. Else: one unit's, a tile for each map it reads.
    """

    layer: str
    unit: int
    whole_layer: bool
    weights: Floats
    gradients: Floats
    label: int
    loss: float  # cross entropy of this digit, in nats


def find_filters(
    model: nn.Module,
    pixels: NDArray[np.uint8],
    normalize: Normalize,
    operation: Operation,
    unit: int,
    label: int,
    off: Iterable[Unit] = (),
) -> Filters:
    """`operation`: one with weights, of the flow with the same units `off`.

    The gradient is found on a copy of the network.
    """
    model = copy_without(model, off).requires_grad_(True)
    image = normalize(torch.from_numpy(pixels.copy())[None, None])
    weight = model.get_submodule(operation.layer).get_parameter("weight")
    with torch.enable_grad():
        loss = F.cross_entropy(model(image), torch.tensor([label]))
        (gradient,) = torch.autograd.grad(loss, weight)
    assert operation.weight is not None
    weights = operation.weight  # (K, C, h, w)
    gradients = gradient.numpy().reshape(weights.shape)
    whole = weights.shape[1] == 1
    return Filters(
        layer=operation.layer,
        unit=unit,
        whole_layer=whole,
        weights=weights[:, 0] if whole else weights[unit],
        gradients=gradients[:, 0] if whole else gradients[unit],
        label=label,
        loss=float(loss.detach()),
    )
