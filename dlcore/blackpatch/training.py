"""The training loop in plain Python: predict, measure, blame, nudge, one image at a time.

A generator of events, like every training here. Nothing is printed and no clock is read.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite

from dlcore.blackpatch.images import Examples, Image, Maker, make_examples, make_probes
from dlcore.blackpatch.network import Network, build_network, cross_entropy
from dlcore.controls import Controls
from dlcore.events import (
    CheckpointReady,
    ControlApplied,
    EpochEnd,
    Evaluated,
    Event,
    Finished,
    Measured,
    Progress,
    Split,
    Tick,
    Watched,
)

TICK_EVERY = 40  # images between two Ticks: at most 50 ms of a net with two hidden layers


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. The book: batches of one image, never shuffled."""

    lr: float = 1e-3
    epochs: int = 50
    batch_size: int = 1
    shuffle: bool = False
    report_every: int = 50  # steps


@dataclass(frozen=True)
class Data:
    """What it learns from and what it is asked. `fair` has patches in all places of the middle half."""

    train: Examples
    test: Examples
    fair: Examples
    probes: Examples


def make_data(maker: Maker, *, train_size: int, test_size: int, seed: int) -> Data:
    fair = Maker(maker.size, maker.patch, maker.noise, 0.5, "anywhere")
    return Data(
        train=make_examples(maker, train_size, f"{seed} train"),
        test=make_examples(maker, test_size, f"{seed} test"),
        fair=make_examples(fair, test_size, f"{seed} fair"),
        probes=make_probes(fair),
    )


@dataclass
class TrainState:
    """Everything a step reads and changes."""

    network: Network
    lr: float  # a control can change it
    order: random.Random  # which image comes when, if they are shuffled
    epoch: int = 0  # epochs completed
    step: int = 0  # updates made
    recent: _Mean = field(default_factory=lambda: _Mean())  # since the last Progress


@dataclass
class _Mean:
    """The running mean of the loss, and how many predictions were right."""

    loss: float = 0.0
    correct: int = 0
    images: int = 0

    def add(self, loss: float, right: bool) -> None:
        self.loss += loss
        self.correct += right
        self.images += 1

    def read(self) -> tuple[float, float]:
        return self.loss / self.images, self.correct / self.images


def start(widths: Sequence[int], *, init: float, lr: float, seed: int) -> TrainState:
    """A fresh network and everything random, all from one seed."""
    return TrainState(build_network(widths, init=init, seed=seed), lr, random.Random(f"{seed} order"))


def train(
    state: TrainState, data: Data, recipe: Recipe, *, controls: Controls | None = None
) -> Iterator[Event]:
    """Train until the last epoch, a stop, or a loss that is no longer finite.

    Watched are the probes: one image per place of the middle half, then one without a patch.
    """
    controls = controls or Controls()
    if state.step == 0:
        yield CheckpointReady(0, 0)
        yield look(state, data.probes)
    while state.epoch < recipe.epochs and not controls.stopping:
        diverged = yield from _train_epoch(state, data, recipe, controls)
        diverged = diverged or _why_broken(state)
        if diverged:
            yield Finished(state.step, state.epoch, "diverged", diverged)
            return
        if not controls.stopping:
            test = yield from _evaluate(state, data.test, "test")
            fair = yield from _evaluate(state, data.fair, "fair")
            measured = {
                "alive": min(test.alive, fair.alive),
                "false_alarms": fair.false_alarms,
                "positions": found(state.network, data.probes),
            }
            for name, value in measured.items():
                yield Measured(state.step, state.epoch, name, value)
            yield CheckpointReady(state.step, state.epoch)
    yield Finished(state.step, state.epoch, "stopped" if controls.stopping else "finished")


def _train_epoch(
    state: TrainState, data: Data, recipe: Recipe, controls: Controls
) -> Generator[Event, None, str]:
    """One pass over the training images. The generator's value says why the loss diverged, else ""."""
    whole = _Mean()
    order = list(range(len(data.train)))
    if recipe.shuffle:
        state.order.shuffle(order)
    for first in range(0, len(order), recipe.batch_size):
        for name, value in controls.due(state.step):
            state.lr = value
            yield ControlApplied(state.step, name, value)
        if controls.stopping:
            return ""
        batch = [
            (data.train.images[i], data.train.labels[i]) for i in order[first : first + recipe.batch_size]
        ]
        for loss, right in train_step(state, batch):
            whole.add(loss, right)
            state.recent.add(loss, right)
        if not isfinite(whole.loss):
            return f"Loss became infinite at step {state.step}: learning rate {state.lr:g} overshoots."

        last = first + recipe.batch_size >= len(order)
        if state.step % recipe.report_every == 0 or last or controls.report_next:
            controls.report_next = False
            yield look(state, data.probes)
            yield Progress(state.step, state.epoch + 1, *state.recent.read(), state.lr)
            state.recent = _Mean()
        elif state.step % max(1, TICK_EVERY // recipe.batch_size) == 0:
            yield Tick()
    state.epoch += 1
    yield EpochEnd(state.step, state.epoch, *whole.read())
    return ""


def _why_broken(state: TrainState) -> str:
    """ReLU hides a broken unit from every loss: are the weights worth keeping? If not, why, else ""."""
    rows = (row for layer in state.network.layers for row in [*layer.weights, layer.biases])
    if all(isfinite(w) for row in rows for w in row):
        return ""
    return f"The weights became infinite at step {state.step}: learning rate {state.lr:g} overshoots."


def train_step(state: TrainState, batch: Sequence[tuple[Image, int]]) -> list[tuple[float, bool]]:
    """One update from a batch. Returns each image's loss, and whether it was right, before the update."""
    network, measured, nudges = state.network, [], []
    for image, label in batch:
        flow = network.forward(image)  # predict
        logit = flow[-1][0]
        measured.append((cross_entropy(logit, label), (logit > 0.0) == bool(label)))  # measure
        nudges.append((flow, network.backward(flow, label)))  # blame
    for flow, blames in nudges:  # all blame was found with the same weights; its mean is applied
        network.nudge(flow, blames, state.lr / len(batch))  # nudge
    state.step += 1
    return measured


@dataclass(frozen=True)
class _Answers:
    """What more a split shows. `alive`: of the hidden layer with the fewest, the share of units ever on."""

    alive: float
    false_alarms: float  # share of the images without a patch that are said to have one


def _evaluate(state: TrainState, examples: Examples, split: Split) -> Generator[Event, None, _Answers]:
    """Measure a whole split with the weights as they are."""
    mean, false_alarms = _Mean(), 0
    hidden = state.network.widths[1:-1]
    ever_on: list[set[int]] = [set() for _ in hidden]
    for number, (image, label) in enumerate(examples.pairs(), start=1):
        flow = state.network.forward(image)
        says_patch = flow[-1][0] > 0.0
        mean.add(cross_entropy(flow[-1][0], label), says_patch == bool(label))
        false_alarms += says_patch and not label
        for layer, outputs in zip(ever_on, flow[1:-1], strict=True):
            layer.update(unit for unit, a in enumerate(outputs) if a > 0.0)
        if number % TICK_EVERY == 0:
            yield Tick()
    yield Evaluated(state.step, state.epoch, split, mean.loss / mean.images, mean.correct, mean.images)
    return _Answers(
        min(len(layer) / width for layer, width in zip(ever_on, hidden, strict=True)),
        false_alarms / max(1, examples.labels.count(0)),
    )


def look(state: TrainState, probes: Examples) -> Watched:
    """What the network now makes of one image per place, and of one without a patch."""
    return Watched(state.step, tuple((state.network.predict(image),) for image in probes.images))


def found(network: Network, probes: Examples) -> int:
    """At how many places of the middle half a patch is found."""
    return sum(label == 1 and network.logit(image) > 0.0 for image, label in probes.pairs())
