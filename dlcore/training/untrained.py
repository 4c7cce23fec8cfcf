"""What a network says before it has learned anything."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dlcore.nets.registry import build_model
from dlcore.training.config import TrainConfig
from dlcore.training.preparation import preparation


def fresh_model(config: TrainConfig) -> nn.Module:
    """The network of a run as it begins, on the CPU. Raises ConfigError if it is too large."""
    return build_model(
        **config.architecture, dropout=config.dropout, seed=config.seed, first_weights=config.first_weights
    )


@torch.inference_mode()
def first_look(config: TrainConfig, images: Tensor) -> tuple[tuple[float, ...], ...]:
    """Its probabilities for some raw images (K, 1, 28, 28): what a run so set begins with, on a CPU."""
    model = fresh_model(config).eval().to(memory_format=torch.channels_last)
    probabilities = model(preparation(config)(images)).softmax(1)
    return tuple(map(tuple, probabilities.tolist()))
