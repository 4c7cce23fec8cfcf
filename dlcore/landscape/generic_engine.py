"""Any network at many places of its weights' space: its own forward pass, in small pieces."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from dlcore.events import Tick
from dlcore.landscape.directions import Weights
from dlcore.landscape.judged import Judged, judged
from dlcore.nets.registry import private_copy

CHUNK = 20  # samples: what lies between two layers stays in the processor's cache


class GenericEngine:
    """Calls a copy of the network with other weights. See `Engine`."""

    def __init__(self, model: nn.Module, images: Tensor, labels: Tensor) -> None:
        self._model = private_copy(model).cpu()
        self._shapes = {name: value.shape for name, value in self._model.named_parameters()}
        self._images = images.contiguous(memory_format=torch.channels_last)
        self._labels = labels

    def vector(self, weights: Weights) -> Tensor:
        return torch.cat([_channels_last(weights[name]).flatten() for name in self._shapes]).float()

    def judge(
        self, start: Tensor, along: Tensor, steps: Sequence[float]
    ) -> Generator[Tick, None, list[Judged]]:
        found = []
        for step in steps:
            weights = self._views(torch.add(start, along, alpha=step))
            logits = []
            for images in self._images.split(CHUNK):
                logits.append(self._forward(weights, images))
                yield Tick()
            found.append(judged(torch.cat(logits), self._labels))
        return found

    @torch.inference_mode()
    def _forward(self, weights: dict[str, Tensor], images: Tensor) -> Tensor:
        logits: Tensor = functional_call(self._model, weights, (images,))
        return logits

    def _views(self, vector: Tensor) -> dict[str, Tensor]:
        """The vector cut into parameters, nothing copied."""
        parts = vector.split([shape.numel() for shape in self._shapes.values()])
        return {
            name: _back(part, shape) for (name, shape), part in zip(self._shapes.items(), parts, strict=True)
        }


def _channels_last(value: Tensor) -> Tensor:
    return value.permute(0, 2, 3, 1) if value.dim() == 4 else value


def _back(part: Tensor, shape: torch.Size) -> Tensor:
    if len(shape) != 4:
        return part.view(shape)
    filters, channels, height, width = shape
    return part.view(filters, height, width, channels).permute(0, 3, 1, 2)
