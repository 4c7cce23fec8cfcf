"""Some hundred epochs in one go: the frames that a browser plays back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import Network, first_weights, losses, matrices, num_params, outputs_of
from dlcore.playground.points import Points
from dlcore.playground.steps import KEPT, NUDGES, shrink

Array = NDArray[Any]


@dataclass(frozen=True)
class Moment:
    """A training at the end of an `epoch`, from which it goes on; `step` counts its nudges.

    `kept`: what the optimizer remembers, (rows, num_params). All float32.
    """

    epoch: int
    step: int
    weights: Array
    kept: Array


@dataclass(frozen=True)
class Frames:
    """E epochs: the first is that of `epoch`. `scores` are (E, 4): train loss, test loss, and how many of
    each are right, as shares; nan in regression. `last`: from where it goes on; None after numbers failed,
    with the last frame being the first that holds one that is not finite."""

    epoch: int
    weights: Array  # (E, num_params) float32
    scores: Array  # (E, 4) float32
    last: Moment | None


def start(config: PlaygroundConfig) -> Moment:
    weights = first_weights(config)
    return Moment(0, 0, weights, np.zeros((KEPT[config.optimizer], len(weights)), np.float32))


def fitting(config: PlaygroundConfig, moment: Moment) -> Moment:
    """The moment for this config: another optimizer begins with nothing kept."""
    rows = KEPT[config.optimizer]
    if moment.kept.shape == (rows, len(moment.weights)):
        return moment
    return Moment(moment.epoch, 0, moment.weights, np.zeros((rows, len(moment.weights)), np.float32))


def train_ahead(config: PlaygroundConfig, points: Points, begin: Moment, epochs: int) -> Frames:
    """Train for so many epochs and keep the weights after each, those of `begin` first.

    Points are shuffled anew each epoch, by the seed and the epoch's number: from the same moment the same
    frames follow. The last batch of an epoch may be smaller.
    """
    inputs = inputs_of(points.places, config.input_names)
    targets = points.targets[None]
    weights, kept, step = begin.weights.copy(), begin.kept.copy(), begin.step
    frames = np.empty((epochs + 1, len(weights)), np.float32)
    frames[0] = weights
    nudge = NUDGES[config.optimizer]
    penalised = penalised_weights(config)
    batch, count = min(config.batch_size, points.train), points.train
    network = Network(config, weights, batch)
    share = np.array(1 / batch, weights.dtype)
    rest = Network(config, weights, count % batch) if count % batch else network
    with np.errstate(all="ignore"):  # what is not finite is found below
        for epoch in range(epochs):
            order = np.random.default_rng((config.seed, begin.epoch + epoch)).permutation(count)
            shuffled, wanted = inputs[:, order], targets[:, order]
            lr = config.lr_at(begin.epoch + epoch)
            for first in range(0, count, batch):
                size = min(batch, count - first)
                net = network if size == batch else rest
                net.forward(shuffled[:, first : first + size])
                net.backward(wanted[:, first : first + size])
                np.multiply(net.gradient, share if size == batch else 1 / size, net.gradient)
                step += 1
                nudge(weights, net.gradient, kept, lr, step)
                if config.penalty != "none":
                    shrink(weights, penalised, config.penalty, lr * config.penalty_rate)
            frames[epoch + 1] = weights
            if not np.isfinite(weights).all():
                frames = frames[: epoch + 2]
                break
        scores = judge(config, frames, points, inputs)
    end = Moment(begin.epoch + epochs, step, weights, kept)
    return Frames(begin.epoch, frames, scores, end if np.isfinite(frames[-1]).all() else None)


def penalised_weights(config: PlaygroundConfig) -> Array:
    """(num_params,) float32: 1 for a weight, 0 for a bias."""
    flat = np.ones(num_params(config.sizes), np.float32)
    for matrix in matrices(flat, config.sizes):
        matrix[-1] = 0
    return flat


def judge(config: PlaygroundConfig, weights: Array, points: Points, inputs: Array) -> Array:
    """(E, 4) float32 of (E, num_params): mean loss of train and test points, shares of right ones."""
    outputs = outputs_of(config, weights, inputs)
    lost = losses(config, outputs, points.targets)
    right = (outputs >= 0) == (points.targets >= 0) if not config.regression else np.full(lost.shape, np.nan)
    parts = slice(0, points.train), slice(points.train, None)
    means = [of[:, part].mean(axis=1) for of in (lost, right) for part in parts]
    return np.stack(means, axis=1).astype(np.float32)
