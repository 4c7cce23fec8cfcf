"""The range test: train once, from fresh weights, with a learning rate that grows until the loss explodes."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlcore.data import Samples, Splits
from dlcore.datasets.catalogue import count_classes
from dlcore.datasets.splits import fitting, order_of, splits_of
from dlcore.errors import DataError
from dlcore.events import Stage, Tick
from dlcore.lr_finder.result import STEPS, RangeTest, Tries, Try, asked_of, rate_at
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import iter_evaluation
from dlcore.training.labels import as_told
from dlcore.training.loop import TrainState, start, train_step
from dlcore.training.modes import mode
from dlcore.words import number

EXPLODED = 4.0  # times the lowest loss so far: what fastai's lr_find calls diverged
RECENT = 5  # steps whose mean is compared: one unlucky batch ends nothing
TRY_STEPS = 100
KEPT_ASIDE, JUDGED = 5_000, 1_000  # validation images, and those a try is judged by


@dataclass(frozen=True)
class Probe:
    """One step of a range test: its loss, before the update at `rate`."""

    rate: float
    loss: float


Searching = Tick | Probe | RangeTest
Trying = Tick | Stage | Tries


def iter_search(config: TrainConfig) -> Iterator[Searching]:
    """A Probe for each step, then the RangeTest. The config's lr, epochs and schedule are not read.

    The same config and threads give the same losses. No run is read or written.
    Raises ConfigError at the call if the device is not on this machine or the net is too large.
    """
    config = asked_of(config)
    return _search(start(config))


def _search(state: TrainState) -> Iterator[Searching]:
    config = state.config
    data = as_told(_splits(config).train, config).to(state.device)
    batches, losses, lowest = _batches(state, data), list[float](), math.inf
    with mode(state.model, training=True):
        for step in range(STEPS):
            loss, _ = yield from train_step(state, data, next(batches), rate_at(step))
            value = loss.item()
            if not math.isfinite(value):
                if not losses:
                    raise DataError("The very first loss is no number: choose another network.")
                yield RangeTest(tuple(losses), f"at {_rate(step)} the loss was no number any more")
                return
            losses.append(value)
            yield Probe(rate_at(step), value)
            recent = sum(losses[-RECENT:]) / len(losses[-RECENT:])
            lowest = min(lowest, recent) if len(losses) >= RECENT else lowest
            if recent > EXPLODED * lowest:
                why = f"at {_rate(step)} the mean of {RECENT} losses was {EXPLODED:g} times the lowest mean"
                yield RangeTest(tuple(losses), why)
                return
    yield RangeTest(tuple(losses))


def _splits(config: TrainConfig) -> Splits:
    """The images of a search, and those that are kept aside; of a smaller set, what there is."""
    held = len(order_of(config.dataset))
    return splits_of(config.dataset, *fitting(config.train_size, KEPT_ASIDE, held))


def _rate(step: int) -> str:
    return number(float(f"{rate_at(step):.2g}"))


def _batches(state: TrainState, data: Samples) -> Iterator[Tensor]:
    """Whole batches, epoch after epoch, each in a new order: fewer images than a batch are one batch."""
    while True:
        order = torch.randperm(len(data), generator=state.order).to(state.device)
        size = min(state.config.batch_size, len(data))
        yield from order[: len(order) // size * size].split(size)


def iter_tries(config: TrainConfig, rates: tuple[float, ...]) -> Iterator[Trying]:
    """TRY_STEPS steps at each rate, held constant, from the same weights; then how each does on 1,000
    validation images. The last event is the Tries.

    Raises ConfigError at the call if a rate is out of bounds.
    """
    config = asked_of(config)
    return _tries([config.replace(lr=rate) for rate in rates])


def _tries(configs: list[TrainConfig]) -> Iterator[Trying]:
    found = list[Try]()
    for position, config in enumerate(configs):
        words = f"Training at {number(config.lr)}, {position + 1} of {len(configs)}"
        yield Stage(position / len(configs), words)
        found.append((yield from _try(start(config))))
    yield Tries(TRY_STEPS, tuple(found), count_classes(configs[0].dataset))


def _try(state: TrainState) -> Generator[Tick, None, Try]:
    splits = _splits(state.config)
    data = as_told(splits.train, state.config).to(state.device)
    batches, losses = _batches(state, data), list[Tensor]()
    with mode(state.model, training=True):
        for _ in range(TRY_STEPS):
            loss, _ = yield from train_step(state, data, next(batches), state.lr)
            losses.append(loss)
    judged = yield from iter_evaluation(
        state.judged, splits.val[:JUDGED].to(state.device), state.prepare, state.chunk
    )
    last = torch.stack(losses[-TRY_STEPS // 10 :]).mean().item()
    return Try(state.lr, last, judged.correct, judged.total)
