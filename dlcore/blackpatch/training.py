"""The training loop in plain Python: predict, measure, blame, nudge, one image at a time.

A generator of events, like every training here. Nothing is printed and no clock is read.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite, isnan

from dlcore.blackpatch.images import Examples, Image, Maker, iter_examples, make_probes
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
    drained,
)

TICK_WORK = 400_000  # weights passed between two Ticks: about 20 ms


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


def iter_data(maker: Maker, *, train_size: int, test_size: int, seed: int) -> Generator[Tick, None, Data]:
    """Make all images, giving way meanwhile. The generator's value is the Data."""
    fair = maker.fair
    return Data(
        train=(yield from iter_examples(maker, train_size, f"{seed} train")),
        test=(yield from iter_examples(maker, test_size, f"{seed} test")),
        fair=(yield from iter_examples(fair, test_size, f"{seed} fair")),
        probes=make_probes(fair),
    )


def make_data(maker: Maker, *, train_size: int, test_size: int, seed: int) -> Data:
    """The same in one go."""
    return drained(iter_data(maker, train_size=train_size, test_size=test_size, seed=seed))


@dataclass
class TrainState:
    """Everything a step reads and changes."""

    network: Network
    lr: float  # a control can change it
    order: random.Random  # which image comes when, if they are shuffled
    epoch: int = 0  # epochs completed
    step: int = 0  # updates made
    recent: _Mean = field(default_factory=lambda: _Mean())  # since the last Progress
    work: int = 0  # weights passed since the last Tick

    def __post_init__(self) -> None:
        self.num_params = self.network.num_params

    def work_done(self, passes: int) -> bool:
        """Count one image's way through the network; True when it is time to give way."""
        self.work += passes * self.num_params
        if self.work < TICK_WORK:
            return False
        self.work = 0
        return True


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
        yield (yield from look(state, data.probes))
    while state.epoch < recipe.epochs and not controls.stopping:
        diverged = yield from _train_epoch(state, data, recipe, controls)
        diverged = diverged or _why_broken(state)
        if diverged:
            yield Finished(state.step, state.epoch, "diverged", diverged)
            return
        test = yield from _evaluate(state, data.test, "test", controls)
        fair = yield from _evaluate(state, data.fair, "fair", controls)
        if test is not None and fair is not None:
            yield Measured(state.step, state.epoch, "alive", min(test.alive, fair.alive))
            yield Measured(state.step, state.epoch, "false_alarms", fair.false_alarms)
            seen = yield from look(state, data.probes)
            yield Measured(state.step, state.epoch, "positions", found(seen))
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
        for loss, right in (yield from train_step(state, batch)):
            whole.add(loss, right)
            state.recent.add(loss, right)
        if not isfinite(whole.loss):
            word = "not a number" if isnan(whole.loss) else "infinite"
            return f"Loss became {word} at step {state.step}: learning rate {state.lr:g} overshoots."

        last = first + recipe.batch_size >= len(order)
        if state.step % recipe.report_every == 0 or last or controls.report_next:
            controls.report_next = False
            yield (yield from look(state, data.probes))
            yield Progress(state.step, state.epoch + 1, *state.recent.read(), state.lr)
            state.recent = _Mean()
    state.epoch += 1
    yield EpochEnd(state.step, state.epoch, *whole.read())
    return ""


def _why_broken(state: TrainState) -> str:
    """ReLU hides a broken unit from every loss: are the weights worth keeping? If not, why, else ""."""
    rows = (row for layer in state.network.layers for row in [*layer.weights, layer.biases])
    if all(isfinite(w) for row in rows for w in row):
        return ""
    return f"The weights became infinite at step {state.step}: learning rate {state.lr:g} overshoots."


def train_step(
    state: TrainState, batch: Sequence[tuple[Image, int]]
) -> Generator[Tick, None, list[tuple[float, bool]]]:
    """One update from a batch. Value: each image's loss, and whether it was right, before the update."""
    network, measured, nudges = state.network, [], []
    for image, label in batch:
        flow = network.forward(image)  # predict
        logit = flow[-1][0]
        measured.append((cross_entropy(logit, label), (logit > 0.0) == bool(label)))  # measure
        nudges.append((flow, network.backward(flow, label)))  # blame
        if state.work_done(2):
            yield Tick()
    for flow, blames in nudges:  # all blame was found with the same weights; its mean is applied
        network.nudge(flow, blames, state.lr / len(batch))  # nudge
        if state.work_done(1):
            yield Tick()
    state.step += 1
    return measured


@dataclass(frozen=True)
class _Answers:
    """What more a split shows. `alive`: of the hidden layer with the fewest, the share of units ever on."""

    alive: float
    false_alarms: float  # share of the images without a patch that are said to have one


def _evaluate(
    state: TrainState, examples: Examples, split: Split, controls: Controls
) -> Generator[Event, None, _Answers | None]:
    """Measure a whole split with the weights as they are; None if somebody stops the run meanwhile."""
    mean, false_alarms = _Mean(), 0
    hidden = state.network.widths[1:-1]
    ever_on: list[set[int]] = [set() for _ in hidden]
    for image, label in examples.pairs():
        if controls.stopping:
            return None
        flow = state.network.forward(image)
        says_patch = flow[-1][0] > 0.0
        mean.add(cross_entropy(flow[-1][0], label), says_patch == bool(label))
        false_alarms += says_patch and not label
        for layer, outputs in zip(ever_on, flow[1:-1], strict=True):
            layer.update(unit for unit, a in enumerate(outputs) if a > 0.0)
        if state.work_done(1):
            yield Tick()
    yield Evaluated(state.step, state.epoch, split, mean.loss / mean.images, mean.correct, mean.images)
    return _Answers(
        min(len(layer) / width for layer, width in zip(ever_on, hidden, strict=True)),
        false_alarms / max(1, examples.labels.count(0)),
    )


def look(state: TrainState, probes: Examples) -> Generator[Tick, None, Watched]:
    """What the network now makes of one image per place, and of one without a patch."""
    probabilities = []
    for image in probes.images:
        probabilities.append((state.network.predict(image),))
        if state.work_done(1):
            yield Tick()
    return Watched(state.step, tuple(probabilities))


def found(seen: Watched) -> int:
    """At how many places of the middle half a patch is found; none by a network that always says patch."""
    *patches, blank = (p > 0.5 for (p,) in seen.probabilities)
    return 0 if blank else sum(patches)
