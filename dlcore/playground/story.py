"""One point's way through one step: forward, loss, backward, nudge, each number of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import Network, losses
from dlcore.playground.steps import NUDGES, shrink
from dlcore.playground.training import Moment, penalised_weights

Array = NDArray[Any]


@dataclass(frozen=True)
class Story:
    """Of each layer's units: `sums`, what they give, their blame. The loss of the point, before and after all
    weights are nudged by it alone; `gradient` and `nudged` are (num_params,).
    """

    sums: tuple[tuple[float, ...], ...]
    gives: tuple[tuple[float, ...], ...]
    blames: tuple[tuple[float, ...], ...]
    loss: float
    loss_after: float
    gradient: Array
    nudged: Array


def story_of(config: PlaygroundConfig, moment: Moment, place: tuple[float, float], target: float) -> Story:
    """As if this point alone were the next batch."""
    weights, kept = moment.weights.astype(np.float64), moment.kept.astype(np.float64)
    inputs, wanted = inputs_of(np.array([place]), config.input_names), np.array([[target]])
    network = Network(config, weights, 1)
    network.forward(inputs)
    before = float(losses(config, network.layers[-1].sums, wanted)[0, 0])
    network.backward(wanted)
    parts = [(layer.sums, layer.gives, layer.blame) for layer in network.layers]
    sums, gives, blames = (
        tuple(tuple(float(one) for one in part[:, 0]) for part in kind) for kind in zip(*parts, strict=True)
    )
    gradient, lr = network.gradient.copy(), config.lr_at(moment.epoch)
    NUDGES[config.optimizer](weights, network.gradient.copy(), kept, lr, moment.step + 1)
    if config.penalty != "none":
        shrink(weights, penalised_weights(config), config.penalty, lr * config.penalty_rate)
    network.forward(inputs)
    after = float(losses(config, network.layers[-1].sums, wanted)[0, 0])
    return Story(sums, gives, blames, before, after, gradient, weights)
