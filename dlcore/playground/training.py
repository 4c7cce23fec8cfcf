"""Some hundred epochs in one go: the frames that a browser plays back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import Network, first_weights, losses, matrices, num_params, sums_of
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


@dataclass(frozen=True)
class Batches:
    """One epoch of B nudges. The n-th batch holds the training points order[n * size : (n + 1) * size]."""

    weights: Array  # (B + 1, num_params) float32: before the first, and after each
    scores: Array  # (B + 1, 4) float32, as in Frames
    order: Array  # (train,) places among the points
    size: int


def start(config: PlaygroundConfig) -> Moment:
    weights = first_weights(config)
    return Moment(0, 0, weights, np.zeros((KEPT[config.optimizer], len(weights)), np.float32))


def fitting(config: PlaygroundConfig, moment: Moment) -> Moment:
    """The moment for this config: another optimizer begins with nothing kept."""
    rows = KEPT[config.optimizer]
    squares = moment.kept[-1:] if config.optimizer in ("rmsprop", "adam") else np.zeros(1)
    if moment.kept.shape == (rows, len(moment.weights)) and (squares >= 0).all():
        return moment
    return Moment(moment.epoch, 0, moment.weights, np.zeros((rows, len(moment.weights)), np.float32))


class Learner:
    """`weights` that learn in place, from the (inputs, N) training points of a config, batch by batch."""

    def __init__(self, config: PlaygroundConfig, points: Points, begin: Moment) -> None:
        self.config, self.count = config, points.train
        self.inputs = inputs_of(points.places, config.input_names)
        self.targets = points.targets[None]
        self.weights, self.kept, self.step = begin.weights.copy(), begin.kept.copy(), begin.step
        self._nudge = NUDGES[config.optimizer]
        self._penalised = penalised_weights(config)
        sizes = {size_of(config, points), self.count % size_of(config, points)} - {0}
        self._networks = {size: Network(config, self.weights, size) for size in sizes}

    def nudges(self, epoch: int) -> Iterator[None]:
        """One epoch. It yields after each nudge of all weights; the last batch may be smaller."""
        order, lr = order_of(self.config, epoch, self.count), self.config.lr_at(epoch)
        inputs, targets = self.inputs[:, order], self.targets[:, order]
        batch = max(self._networks)
        for first in range(0, self.count, batch):
            size = min(batch, self.count - first)
            network = self._networks[size]
            network.forward(inputs[:, first : first + size])
            network.backward(targets[:, first : first + size])
            network.gradient *= 1 / size
            self.step += 1
            self._nudge(self.weights, network.gradient, self.kept, lr, self.step)
            if self.config.penalty != "none":
                price = lr * self.config.penalty_rate
                shrink(self.weights, self._penalised, self.config.penalty, price)
            yield

    def at(self, epoch: int) -> Moment:
        return Moment(epoch, self.step, self.weights, self.kept)


def size_of(config: PlaygroundConfig, points: Points) -> int:
    """Points behind each nudge but the last of an epoch."""
    return min(config.batch_size, points.train)


def order_of(config: PlaygroundConfig, epoch: int, count: int) -> Array:
    """In which order the training points come: drawn anew by the seed and the epoch's number."""
    return np.random.default_rng((config.seed, epoch)).permutation(count)


def train_ahead(config: PlaygroundConfig, points: Points, begin: Moment, epochs: int) -> Frames:
    """Train for so many epochs and keep the weights after each, those of `begin` first.

    From the same moment the same frames follow.
    """
    learner = Learner(config, points, begin)
    frames = np.empty((epochs + 1, len(begin.weights)), np.float32)
    frames[0] = begin.weights
    with np.errstate(all="ignore"):  # what is not finite is found below
        for epoch in range(epochs):
            for _ in learner.nudges(begin.epoch + epoch):
                pass
            frames[epoch + 1] = learner.weights
            if not np.isfinite(learner.weights).all():
                frames = frames[: epoch + 2]
                break
        scores = judge(config, frames, points, learner.inputs)
    last = learner.at(begin.epoch + epochs) if np.isfinite(frames[-1]).all() else None
    return Frames(begin.epoch, frames, scores, last)


def train_by_batch(config: PlaygroundConfig, points: Points, begin: Moment) -> Batches:
    """The epoch that follows this moment, nudge by nudge. It ends where `train_ahead` ends it."""
    learner = Learner(config, points, begin)
    with np.errstate(all="ignore"):  # the board says what is not finite
        after = [learner.weights.copy() for _ in learner.nudges(begin.epoch)]
        frames = np.stack([begin.weights, *after])
        scores = judge(config, frames, points, learner.inputs)
    order = order_of(config, begin.epoch, points.train)
    return Batches(frames, scores, order, size_of(config, points))


def penalised_weights(config: PlaygroundConfig) -> Array:
    """(num_params,) float32: 1 for a weight, 0 for a bias."""
    flat = np.ones(num_params(config.sizes), np.float32)
    for matrix in matrices(flat, config.sizes):
        matrix[-1] = 0
    return flat


def judge(config: PlaygroundConfig, weights: Array, points: Points, inputs: Array) -> Array:
    """(E, 4) float32 of (E, num_params): mean loss of train and test points, shares of right ones."""
    sums = sums_of(config, weights, inputs)
    lost = losses(config, sums, points.targets)
    right = (sums >= 0) == (points.targets >= 0) if not config.regression else np.full(lost.shape, np.nan)
    parts = slice(0, points.train), slice(points.train, None)
    means = [of[:, part].mean(axis=1) for of in (lost, right) for part in parts]
    return np.stack(means, axis=1).astype(np.float32)
