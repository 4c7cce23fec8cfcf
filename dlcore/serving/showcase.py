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
class Network:
    """A network after some epoch, ready to serve."""

    model: nn.Module
    config: TrainConfig
    predictor: Predictor

    def maps(self, digit: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(28, 28) uint8 -> what each filter of the first layer finds, (C, H, W)."""
        return first_layer_maps(self.model, digit, NORMALIZE[self.config.normalize])


@dataclass(frozen=True)
class Passage:
    maps: NDArray[np.float32]  # (C, H, W)
    change: NDArray[np.float32]  # the same maps after training minus before
    limit: float  # the largest number in either, before and after training: one scale for all
    prediction: Prediction
    loss: float | None  # cross entropy of this digit, in nats; None as long as nobody says what it is


def pass_through(
    before: Network, after: Network, digit: NDArray[np.uint8], label: int | None, *, trained: bool
) -> Passage:
    """Send one (28, 28) uint8 digit through a network, `trained` or not."""
    first, last = before.maps(digit), after.maps(digit)
    prediction = (after if trained else before).predictor.predict(digit)
    return Passage(
        maps=last if trained else first,
        change=last - first,
        limit=max(float(np.abs(maps).max()) for maps in (first, last, last - first)),
        prediction=prediction,
        loss=None if label is None else -math.log(max(prediction.probabilities[label], 1e-12)),
    )
