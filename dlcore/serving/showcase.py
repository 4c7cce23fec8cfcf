"""One digit on its way through a network: the picture, the first layer's maps, the vote, the loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from dlcore.inspection.activations.first_layer import first_layer_maps
from dlcore.mnist.normalize import NORMALIZE
from dlcore.serving.predictor import Prediction, Predictor
from dlcore.training.config import TrainConfig


@dataclass(frozen=True)
class Passage:
    maps: NDArray[np.float32]  # (C, H, W)
    prediction: Prediction
    loss: float  # cross entropy of this digit, in nats


def pass_through(
    model: nn.Module, config: TrainConfig, predictor: Predictor, digit: NDArray[np.uint8], label: int
) -> Passage:
    """Send one (28, 28) uint8 digit through."""
    prediction = predictor.predict(digit)
    return Passage(
        maps=first_layer_maps(model, digit, NORMALIZE[config.normalize]),
        prediction=prediction,
        loss=-math.log(max(prediction.probabilities[label], 1e-12)),
    )
