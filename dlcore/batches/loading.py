"""How long a batch takes until it is there: torch's DataLoader with workers, and tensors that lie ready.

Meant for a process of its own: workers are forked from it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch.utils.data import default_collate

from dlcore.batches.pipeline import BATCH, Digits, Normalized, make_loader
from dlcore.data import Samples
from dlcore.events import Stage
from dlcore.mnist.files import load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from dlcore.schema import Config, knob
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train_step

TENSORS = "tensors"
PER_IMAGE = 1e6  # seconds to microseconds


class LoadingConfig(Config):
    """How much is measured, and with how many workers at most."""

    images: int = knob(3_200, title="Images", help="That each way brings into batches.", ge=320, le=32_000)
    tries: int = knob(3, title="Tries", help="Of each way, in turn; the quietest counts.", ge=1, le=9)
    workers: int = knob(2, title="Workers", help="The most that are tried.", ge=0, le=4)


@dataclass(frozen=True)
class Way:
    """Microseconds an image, of each try, and how long the first batch took, in seconds."""

    name: str
    tries: tuple[float, ...]
    first: float

    @property
    def best(self) -> float:
        """Others only slow it down."""
        return min(self.tries)

    @property
    def spread(self) -> float:
        """The slowest try as a multiple of the quietest."""
        return max(self.tries) / self.best


@dataclass(frozen=True)
class Loading:
    """`stages`: microseconds an image that the DataLoader without workers spends in each of its parts, in the
    quietest of as many tries.
    `step`: microseconds an image that FastCNN's training step takes, on one thread.
    """

    ways: tuple[Way, ...]
    stages: tuple[tuple[str, float], ...]
    step: float
    images: int
    cores: int
    busy: float  # threads that others had at work when it began

    def way(self, name: str) -> Way:
        return next(way for way in self.ways if way.name == name)

    @property
    def loader(self) -> Way:
        """The DataLoader without workers."""
        return self.way(loader_name(0))


def loader_name(workers: int) -> str:
    return f"DataLoader, {workers} worker{'' if workers == 1 else 's'}"


def iter_loading(config: LoadingConfig) -> Iterator[Stage | Loading]:
    """Measure; the last event is a Loading."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    samples = load_train()[: config.images]
    transform = Normalized(*NORMALIZE["mnist"])
    dataset = Digits(samples, transform)
    plan: dict[str, Callable[[], tuple[float, float]]] = {TENSORS: lambda: _tensors(samples, transform)}
    for workers in range(config.workers + 1):
        plan[loader_name(workers)] = lambda workers=workers: _loader(dataset, workers)  # type: ignore[misc]
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in plan}
    parts: list[tuple[tuple[str, float], ...]] = []
    turns = config.tries * len(plan)
    for turn in range(config.tries):
        for place, (name, work) in enumerate(plan.items()):
            yield Stage((turn * len(plan) + place) / (turns + 1), f"{name}: try {turn + 1}")
            measured[name].append(work())
        parts.append(_stages(dataset))  # in turn with the ways: what else goes on then is the same for both
    stages = min(parts, key=lambda spent: sum(took for _, took in spent))
    yield Stage(turns / (turns + 1), "A training step, for comparison")
    step = _step(samples)
    ways = tuple(
        Way(
            name,
            tuple(took / config.images * PER_IMAGE for took, _ in tries),
            min(first for _, first in tries),
        )
        for name, tries in measured.items()
    )
    yield Loading(ways, stages, step, config.images, os.cpu_count() or 1, busy)


def _tensors(samples: Samples, transform: Normalized) -> tuple[float, float]:
    """As this lab does: all images lie in one tensor, a batch is cut out and prepared as a whole."""
    began = time.perf_counter()
    first = 0.0
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))
    for batch in order.split(BATCH):
        transform(samples.images[batch]), samples.labels[batch]
        first = first or time.perf_counter() - began
    return time.perf_counter() - began, first


def _loader(dataset: Digits, workers: int) -> tuple[float, float]:
    """Seconds of one epoch with its workers at work already, and of the first batch with their start."""
    loader = make_loader(dataset, shuffle=True, seed=0, workers=workers)
    began = time.perf_counter()
    for place, _ in enumerate(loader):
        if not place:
            first = time.perf_counter() - began
    if workers:  # the first epoch had to start them
        began = time.perf_counter()
        for _ in loader:
            pass
    return time.perf_counter() - began, first


def _stages(dataset: Digits) -> tuple[tuple[str, float], ...]:
    """What a loader does for a batch, by hand, with a clock between its parts."""
    spent = {"draw a number": 0.0, "take the image": 0.0, "transform it": 0.0, "stack the batch": 0.0}
    samples, transform, clock = dataset.samples, dataset.transform, time.perf_counter
    drawn = make_loader(dataset, shuffle=True, seed=0).batch_sampler
    assert drawn is not None
    at = clock()
    for numbers in drawn:
        spent["draw a number"] += (now := clock()) - at
        taken = [(samples.images[index], samples.labels[index]) for index in numbers]
        spent["take the image"] += (at := clock()) - now
        ready = [(transform(image), label) for image, label in taken]
        spent["transform it"] += (now := clock()) - at
        default_collate(ready)
        spent["stack the batch"] += (at := clock()) - now
    return tuple((name, seconds / len(dataset) * PER_IMAGE) for name, seconds in spent.items())


def _step(samples: Samples, steps: int = 20) -> float:
    """The quietest of some training steps of FastCNN, microseconds an image."""
    config = TrainConfig(net="FastCNN", batch_size=BATCH, train_size=1_000, device="cpu")
    state = start(config, build_model("FastCNN", seed=0))
    best = float("inf")
    for place in range(steps):
        batch = torch.arange(BATCH) + place
        began = time.perf_counter()
        for _ in train_step(state, samples, batch, 1e-3):
            pass
        best = min(best, time.perf_counter() - began)
    return best / BATCH * PER_IMAGE
