"""The training loop: predict, measure, blame, nudge. Everything else here is when to speak.

`train` is a generator of events. Whoever drains it decides the pace: a page's worker, the command line,
a test. Nothing is printed, no clock is read, and closing it leaves the model in the mode it came in.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from dlcore.controls import Controls
from dlcore.data import Prepare, Samples, Splits
from dlcore.errors import ConfigError
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
from dlcore.nets.registry import chunk_of, drops
from dlcore.nets.shapes import CHUNK
from dlcore.training.average import Average
from dlcore.training.config import TrainConfig
from dlcore.training.devices import pick_device
from dlcore.training.evaluation import Evaluation, iter_evaluation
from dlcore.training.internals import Look, looks_every
from dlcore.training.labels import as_told
from dlcore.training.modes import OwnRandom, mode
from dlcore.training.moving import move
from dlcore.training.optimizers import build_optimizer, lr_factor, reshape_gradients
from dlcore.training.preparation import preparation
from dlcore.training.untrained import fresh_model
from dlcore.words import number


@dataclass
class TrainState:
    """Everything a step reads and changes. The same state continues bit by bit."""

    config: TrainConfig
    model: nn.Module
    optimizer: Optimizer
    device: torch.device
    order: torch.Generator  # which image comes when
    prepare: Prepare  # what the model reads of an image
    augmenter: torch.Generator  # how each image is varied
    dropout: OwnRandom | None  # which units are off; None if the net drops none
    lr: float  # the schedule's base; a control can change it
    average: Average | None = None  # the mean of its weights, if that is kept
    chunk: int = CHUNK  # images per forward and backward pass
    epoch: int = 0  # epochs completed
    step: int = 0  # updates made
    kept: int = -1  # the step whose weights were given out last
    moved: dict[str, float] = field(default_factory=dict)  # by a hand, beside the learning rate
    look: Look | None = None  # at what happens inside in this step, if somebody watches

    @property
    def judged(self) -> nn.Module:
        """The weights that are measured and kept: the model's own, or their mean."""
        return self.average.model if self.average else self.model

    def random(self) -> AbstractContextManager[None]:
        """Around every forward pass in training: dropout draws from this run's own numbers."""
        own = self.dropout() if self.dropout else nullcontext()
        return own if self.look is None else self.look.during(own)

    def arithmetic(self) -> AbstractContextManager[object]:
        """Around the layers alone: mixed arithmetic (Micikevicius et al., 2018), if it is asked for.

        Weights stay float32, and so do their gradients; bfloat16 has float32's range, so no loss is scaled.
        """
        if self.config.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def looking(self) -> AbstractContextManager[None]:
        """Around every update."""
        return nullcontext() if self.look is None else self.look.update()


def start(config: TrainConfig, model: nn.Module | None = None, prepare: Prepare | None = None) -> TrainState:
    """A fresh model and everything random, all from the config's seed.

    Without a `model` of your own it is the config's net; without `prepare` it reads digits.

    Raises ConfigError if the device is not on this machine or the net is too large.
    """
    device = pick_device(config.device)
    if model is None:
        model = fresh_model(config)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TrainState(
        config=config,
        model=model,
        optimizer=build_optimizer(model, config),
        device=device,
        order=torch.Generator().manual_seed(config.seed),
        prepare=prepare or preparation(config),
        augmenter=torch.Generator().manual_seed(config.seed + 1),
        dropout=OwnRandom(config.seed + 2, device) if config.dropout or drops(model) else None,
        lr=config.lr,
        average=Average(model, config.ema) if config.ema else None,
        chunk=chunk_of(config.net, config.layers),
    )


def train(
    state: TrainState,
    splits: Splits,
    *,
    controls: Controls | None = None,
    watch: Tensor | None = None,
) -> Iterator[Event]:
    """Train until the config's last epoch, a stop, or a loss that is no longer finite.

    `watch`: a few images (K, …) judged at every report. On CheckpointReady, `state.judged`
    holds the weights to keep. Raises ConfigError at the call if the data do not match the config.
    """
    config = state.config
    if len(splits.train) != config.train_size:
        raise ConfigError(
            f"Training images must be {config.train_size:,} as configured. Got {len(splits.train):,} instead."
        )
    return _train(state, splits, controls or Controls(), watch)


def _train(state: TrainState, splits: Splits, controls: Controls, watch: Tensor | None) -> Iterator[Event]:
    config = state.config
    data = as_told(splits.train, config).to(state.device)
    with mode(state.model, training=True):
        if state.step == 0:
            yield _keep(state)
            if watch is not None:
                yield _look(state, watch)
        while state.epoch < config.epochs and not controls.stopping:
            diverged = yield from _train_epoch(state, data, controls, watch)
            diverged = diverged or _why_broken(state)
            if diverged:
                yield Finished(state.step, state.epoch, "diverged", diverged)
                return
            yield from _evaluate(state, splits.val, "val", controls)
            if state.step != state.kept:  # a stop may come right after a halt
                yield _keep(state)
        yield from _evaluate(state, splits.test, "test", controls)
        yield Finished(state.step, state.epoch, "stopped" if controls.stopping else "finished")


def _train_epoch(
    state: TrainState, data: Samples, controls: Controls, watch: Tensor | None
) -> Generator[Event, None, str]:
    """One pass over the data in a new order. The generator's value says why the loss diverged, else "".

    A stop ends the pass between two steps: then the epoch does not count as completed.
    """
    config = state.config
    unread: list[tuple[Tensor, Tensor, int]] = []  # per step, still on the device
    measured: list[_Measured] = []  # per step of this epoch, read
    order = torch.randperm(len(data), generator=state.order).to(state.device)
    halts = config.halts
    every = looks_every(config.report_every, config.total_steps) if config.internals else 0
    for position, batch in enumerate(order.split(config.batch_size), start=1):
        for name, value in controls.due(state.step):
            move(state, name, value)
            yield ControlApplied(state.step, name, value)
        if controls.stopping:
            return ""

        lr = state.lr * lr_factor(config.schedule, state.step, config.total_steps, config.warmup)
        state.look = Look(state.model) if every and (state.step + 1) % every == 0 else None
        loss, correct = yield from train_step(state, data, batch, lr)
        unread.append((loss, correct, len(batch)))
        for name, value in state.look.found() if state.look else ():
            yield Measured(state.step, state.epoch + 1, name, value)

        last = position == config.steps_per_epoch
        if state.step % config.report_every == 0 or last or controls.report_next:
            controls.report_next = False
            recent = _read(unread)
            unread.clear()
            for before_end, (value, _, _) in zip(range(len(recent))[::-1], recent, strict=True):
                if not math.isfinite(value):
                    return _why_diverged(value, state.step - before_end, state.lr)
            measured += recent
            loss_mean, accuracy = _mean(recent)
            if watch is not None:
                yield _look(state, watch)
            yield Progress(state.step, state.epoch + 1, loss_mean, accuracy, lr)
        if position in halts and not _why_broken(state):
            yield _keep(state, within=True)
    state.epoch += 1
    yield EpochEnd(state.step, state.epoch, *_mean(measured))
    return ""


def train_step(
    state: TrainState, data: Samples, batch: Tensor, lr: float
) -> Generator[Tick, None, tuple[Tensor, Tensor]]:
    """One update from the images that `batch` (B,) points at.

    A large batch is computed in chunks whose gradients add up to the whole batch's, with a Tick after
    each. The generator's value: the batch's mean loss and its number of correct predictions, on the device.
    """
    optimizer = state.optimizer
    for group in optimizer.param_groups:
        group["lr"] = lr
    total, correct = torch.zeros(2, device=state.device)
    optimizer.zero_grad()
    for chunk in batch.split(state.chunk):
        images, labels = data.images[chunk], data.labels[chunk]  # (C, …), (C,)
        with state.random():
            inputs = state.prepare(images, state.augmenter)
            with state.arithmetic():
                logits = state.model(inputs).float()  # predict: (C, classes)
            smoothing = state.config.label_smoothing
            loss = F.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing) / len(batch)
            loss.backward()  # blame: every weight's gradient  # type: ignore[no-untyped-call]
        total += loss.detach()
        correct += (logits.argmax(1) == labels).sum()
        yield Tick()
    with state.looking():
        reshape_gradients(state.model, state.config)
        optimizer.step()  # nudge every weight against its gradient
    state.step += 1
    if state.average:
        state.average.follow(state.model, state.step)
    return total, correct


def _keep(state: TrainState, *, within: bool = False) -> CheckpointReady:
    """The weights as they are now are worth keeping."""
    state.kept = state.step
    return CheckpointReady(state.step, state.epoch, within)


_Measured = tuple[float, float, int]  # one step: mean loss, correct predictions, images


def _read(unread: list[tuple[Tensor, Tensor, int]]) -> list[_Measured]:
    """Bring the steps' numbers from the device: the one place where training waits for it."""
    losses, correct, sizes = zip(*unread, strict=True)
    values = torch.stack([torch.stack(losses), torch.stack(correct)]).tolist()
    return list(zip(*values, sizes, strict=True))


def _mean(steps: list[_Measured]) -> tuple[float, float]:
    """Loss and accuracy per image over these steps."""
    images = sum(size for _, _, size in steps)
    loss = sum(loss * size for loss, _, size in steps) / images
    return loss, sum(correct for _, correct, _ in steps) / images


def _why_diverged(loss: float, step: int, lr: float) -> str:
    word = "not a number" if math.isnan(loss) else "infinite"
    return f"Loss became {word} at step {step}: learning rate {number(lr)} overshoots."


def _why_broken(state: TrainState) -> str:
    """The last update is in no loss yet: are the weights it left worth keeping? If not, why, else ""."""
    if all(bool(parameter.isfinite().all()) for parameter in state.model.parameters()):
        return ""
    return f"The weights became infinite at step {state.step}: learning rate {number(state.lr)} overshoots."


def _evaluate(state: TrainState, samples: Samples, split: Split, controls: Controls) -> Iterator[Event]:
    """Measure a whole split, unless it is empty or somebody stops the run meanwhile."""
    chunks = iter_evaluation(state.judged, samples.to(state.device), state.prepare, state.chunk)
    while len(samples) and not controls.stopping:
        try:
            yield next(chunks)
        except StopIteration as end:
            result: Evaluation = end.value
            yield Evaluated(state.step, state.epoch, split, result.loss, result.correct, result.total)
            return


@torch.inference_mode()
def _look(state: TrainState, watch: Tensor) -> Watched:
    images = state.prepare(watch.to(state.device))
    with mode(state.judged, training=False):
        probabilities = state.judged(images).softmax(1)  # (K, classes)
    return Watched(state.step, tuple(map(tuple, probabilities.tolist())))
