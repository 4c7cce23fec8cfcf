"""What a profile of the digits' network holds, and what it is a profile of."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from itertools import takewhile
from statistics import median, quantiles
from typing import Literal

from pydantic import Field

from dlcore.errors import ConfigError
from dlcore.inspection.phases import Phase
from dlcore.inspection.structure.structure import shares_of
from dlcore.nets.blocks import LAYERS, MOST_TEXT
from dlcore.nets.registry import NetName
from dlcore.nets.variants import ActivationName, NormName
from dlcore.schema import Config, knob
from dlcore.training.config import OptimizerName, TrainConfig

LARGEST = 1024  # images in a batch
Work = Literal["training", "inference"]
WORK: dict[Work, str] = {"training": "Training step", "inference": "Inference"}


class TorchProfileConfig(Config):
    """What is measured. All but the knobs is a run's; its weights do not alter the time."""

    net: NetName = Field("FastCNN", title="Network")
    layers: str = Field(LAYERS, max_length=MOST_TEXT, title="Blocks")
    activation: ActivationName = Field("relu", title="Activation")
    norm: NormName = Field("none", title="Norm")
    dropout: float = Field(0.0, ge=0.0, le=0.9, title="Dropout")
    optimizer: OptimizerName = Field("adam", title="Optimizer")
    batch_size: int = knob(
        64,
        ge=1,
        le=LARGEST,
        scale="log",
        unit="images",
        title="Batch size",
        help="Images in the training step and in the call of the network that are taken apart.",
    )
    threads: int = knob(
        1,
        ge=1,
        le=256,
        title="Threads",
        help="How many processor cores torch may use at the same time.",
    )
    largest: int = knob(
        LARGEST,
        ge=1,
        le=LARGEST,
        scale="log",
        unit="images",
        title="Largest batch",
        help="Batch sizes are compared from 1 up to this one.",
    )


def profile_of(trained: TrainConfig, **knobs: int) -> TorchProfileConfig:
    """The profile of a run's network. Structure and Profiling ask for the same one: it is measured once."""
    return TorchProfileConfig(
        **trained.architecture,
        dropout=trained.dropout,
        optimizer=trained.optimizer,
        **knobs,
    )


def cores() -> int:
    return os.cpu_count() or 1


def thread_choices() -> tuple[int, ...]:
    """1, 2, 4, … up to the cores of this machine, and these."""
    powers = takewhile(lambda power: power < cores(), (2**n for n in range(10)))
    return (*powers, cores())


def check_threads(config: TorchProfileConfig) -> None:
    """Raises ConfigError if this machine has fewer cores: more threads only wait for each other."""
    if config.threads > cores():
        raise ConfigError(
            f"Threads must be at most {cores()}, the cores of this machine. Got {config.threads} instead."
        )


@dataclass(frozen=True)
class Point:
    """A batch size of the sweep: the milliseconds of each call of the network."""

    batch_size: int
    calls: tuple[float, ...]

    @property
    def p50(self) -> float:
        return median(self.calls)

    @property
    def p95(self) -> float:
        return quantiles(self.calls, n=20, method="inclusive")[-1] if len(self.calls) > 1 else self.p50

    @property
    def quickest(self) -> float:
        """Milliseconds per digit in the call that took least: others disturbed it least."""
        return min(self.calls) / self.batch_size

    @property
    def per_digit(self) -> float:
        """Milliseconds."""
        return self.p50 / self.batch_size

    @property
    def per_second(self) -> float:
        """Digits."""
        return 1000 * self.batch_size / self.p50


@dataclass(frozen=True)
class ThreadTime:
    """The milliseconds of the quickest call with so many threads."""

    threads: int
    milliseconds: float


@dataclass(frozen=True)
class Operator:
    """What torch ran in a step, without what it called itself."""

    name: str
    calls: int
    own: float  # milliseconds
    allocated: int  # bytes, what it freed taken off


@dataclass(frozen=True)
class LayerTime:
    """Milliseconds of a step, with all that a layer calls. Inference has no way back."""

    name: str
    forward: float
    backward: float

    @property
    def both(self) -> float:
        return self.forward + self.backward


@dataclass(frozen=True)
class Taken:
    """The quickest of several steps, taken apart. All times are under the profiler, but `plain`."""

    work: Work
    steps: int  # that were profiled
    milliseconds: float
    plain: float  # milliseconds of the quickest step without the profiler
    operators: tuple[Operator, ...]  # the one with the most own time first
    layers: tuple[LayerTime, ...]  # in the order of the forward pass
    optimizer: float  # milliseconds, 0 in inference
    phases: tuple[Phase, ...] = ()  # from its beginning to its end

    @property
    def rest(self) -> float:
        """Milliseconds outside of all layers and the optimizer: images, loss, Python."""
        return max(0.0, self.milliseconds - sum(layer.both for layer in self.layers) - self.optimizer)

    def share(self, name: str) -> float:
        """An operator's share of the time, 0..1."""
        return self.operator_shares().get(name, 0.0)

    def operator_shares(self) -> dict[str, float]:
        return shares_of({operator.name: operator.own for operator in self.operators})

    @property
    def times(self) -> dict[str, float]:
        """Milliseconds of each layer by name, there and back."""
        return {layer.name: layer.both for layer in self.layers}


@dataclass(frozen=True)
class StepMemory:
    """What torch has allocated during one training step, above what it began with."""

    milliseconds: tuple[float, ...]
    megabytes: tuple[float, ...]
    backward: float  # milliseconds at which the way back begins
    optimizer: float

    @property
    def peak(self) -> float:
        return max(self.megabytes)


@dataclass(frozen=True)
class TorchProfile:
    """All of one measurement. `packed` is the Chrome trace of one training step."""

    config: TorchProfileConfig
    torch: str
    cores: int
    sweep: tuple[Point, ...]
    by_threads: tuple[ThreadTime, ...]
    training: Taken
    inference: Taken
    memory: StepMemory
    packed: bytes

    def taken(self, work: Work) -> Taken:
        return self.training if work == "training" else self.inference

    def point(self, batch_size: int) -> Point | None:
        return next((point for point in self.sweep if point.batch_size == batch_size), None)

    @property
    def trace(self) -> bytes:
        """JSON, as Perfetto and chrome://tracing open it."""
        return gzip.decompress(self.packed)
