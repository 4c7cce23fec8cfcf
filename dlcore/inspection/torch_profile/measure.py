"""Measuring the digits' network: batch sizes, threads, then a training step and a call taken apart.

Meant for a process of its own: it sets the number of threads, and the profiler listens to the whole process.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile, record_function

from dlcore.data import Samples
from dlcore.events import Stage, Tick
from dlcore.inspection.steps import around_steps
from dlcore.inspection.torch_profile.result import (
    Point,
    StepMemory,
    Taken,
    ThreadTime,
    TorchProfile,
    TorchProfileConfig,
    Work,
    check_threads,
    cores,
    thread_choices,
)
from dlcore.inspection.torch_profile.trace import (
    LAYER,
    STEP,
    layers_of,
    memory_of,
    operators_of,
    optimizer_milliseconds,
    phases_of,
    quickest_step,
    step_milliseconds,
)
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.training.config import TrainConfig
from dlcore.training.loop import TrainState, start, train_step
from dlcore.training.modes import mode
from dlcore.training.network_config import ARCHITECTURE
from dlcore.training.untrained import fresh_model

WARM_UP = 2  # calls before the first that counts
FEWEST = 3  # calls that are measured, however long they take
MOST_MILLISECONDS = 400.0  # after which a batch size has had its turn
LR = 1e-4

Said = Stage | Tick | Point | TorchProfile


def iter_torch_profile(config: TorchProfileConfig) -> Iterator[Said]:
    """Measure: a Point for each batch size, Stages, and at last the TorchProfile.

    Raises ConfigError at the call if this machine has fewer cores than threads.
    """
    check_threads(config)
    return _iter(config)


def _iter(config: TorchProfileConfig) -> Iterator[Said]:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(config.threads)
        yield from _measure(config, load_test())
    finally:
        torch.set_num_threads(before)


def _measure(config: TorchProfileConfig, data: Samples) -> Iterator[Said]:
    model = fresh_model(_trained(config))
    model = model.to(memory_format=torch.channels_last)  # as training has it
    sizes = batch_sizes(config)
    sweep: list[Point] = []
    for batch_size in sizes:
        yield Stage(0.4 * len(sweep) / len(sizes), f"Batches of {batch_size}")
        calls = yield from _calls(model, data.images[:batch_size], repetitions(batch_size))
        sweep.append(Point(batch_size, calls))
        yield sweep[-1]
    yield Stage(0.4, "Comparing numbers of threads")
    by_threads = yield from _by_threads(config, model, data.images[: config.batch_size])
    yield Stage(0.5, "Loading torch's profiler")
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # it reports to the log that there is no GPU
    _profiled(lambda: None, 1)
    yield Stage(0.8, "Taking a call apart")
    inference = _inference(config, model, data)
    yield Stage(0.85, "Taking a training step apart")
    state = start(_trained(config))
    training = _training(config, state, data)
    yield Stage(0.95, "Recording one training step")
    memory, packed = _one_step(state, data)
    yield TorchProfile(
        config, str(torch.__version__), cores(), tuple(sweep), by_threads, training, inference, memory, packed
    )


def batch_sizes(config: TorchProfileConfig) -> tuple[int, ...]:
    """1, 2, 4, … up to the largest, and the one that is taken apart."""
    powers = {2**n for n in range(11) if 2**n <= config.largest}
    return tuple(sorted(powers | {config.batch_size}))


def repetitions(batch_size: int) -> int:
    """Calls that count: many of what takes little."""
    return min(40, max(5, 1024 // batch_size))


def _trained(config: TorchProfileConfig) -> TrainConfig:
    return TrainConfig(
        **{name: getattr(config, name) for name in ARCHITECTURE},
        dropout=config.dropout,
        optimizer=config.optimizer,
        batch_size=config.batch_size,
        lr=LR,
        device="cpu",
    )


@torch.inference_mode()
def _predict(model: nn.Module, images: Tensor) -> Tensor:
    logits: Tensor = model(NORMALIZE["half"](images))
    return logits


def _calls(model: nn.Module, images: Tensor, count: int) -> Generator[Tick, None, tuple[float, ...]]:
    """Milliseconds of calls of the network in eval mode."""
    with mode(model, training=False):
        for _ in range(WARM_UP):
            _predict(model, images)
        found: list[float] = []
        while len(found) < FEWEST or (len(found) < count and sum(found) < MOST_MILLISECONDS):
            yield Tick()
            found.append(_milliseconds(lambda: _predict(model, images)))
    return tuple(found)


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _by_threads(
    config: TorchProfileConfig, model: nn.Module, images: Tensor
) -> Generator[Tick, None, tuple[ThreadTime, ...]]:
    """In two rounds, so that a busy moment of the machine meets all of them."""
    calls: dict[int, list[float]] = {threads: [] for threads in thread_choices()}
    try:
        for threads in [*calls, *calls]:
            torch.set_num_threads(threads)
            calls[threads] += yield from _calls(model, images, max(5, repetitions(len(images)) // 2))
    finally:
        torch.set_num_threads(config.threads)
    return tuple(ThreadTime(threads, min(found)) for threads, found in calls.items())


def _inference(config: TorchProfileConfig, model: nn.Module, data: Samples) -> Taken:
    images = data.images[: config.batch_size]
    with mode(model, training=False):
        return _taken("inference", model, lambda: _predict(model, images), config.batch_size)


def _training(config: TorchProfileConfig, state: TrainState, data: Samples) -> Taken:
    with mode(state.model, training=True):
        return _taken("training", state.model, _step_of(state, data), config.batch_size)


def _step_of(state: TrainState, data: Samples) -> Callable[[], object]:
    """The step of the training loop itself, on the first digits."""
    batch = torch.arange(state.config.batch_size)

    def step() -> None:
        for _ in train_step(state, data, batch, state.lr):
            pass

    return step


def _taken(work: Work, model: nn.Module, step: Callable[[], object], batch_size: int) -> Taken:
    """Measured plain, then under the profiler with a mark around each layer."""
    steps = min(16, max(4, 1024 // batch_size))
    for _ in range(WARM_UP):
        step()
    plain = [_milliseconds(step) for _ in range(steps)]
    names: list[str] = []
    with around_steps(model, lambda name: nullcontext(), lambda name, *_: names.append(name)):
        step()  # a large batch passes in pieces: each gives the names again
    with around_steps(model, _mark):
        events = quickest_step(_profiled(step, steps).events())
    plain += [_milliseconds(step) for _ in range(steps)]
    return Taken(
        work=work,
        steps=steps,
        milliseconds=step_milliseconds(events),
        plain=min(plain),
        operators=operators_of(events),
        layers=layers_of(events, dict.fromkeys(names)),
        optimizer=optimizer_milliseconds(events),
        phases=phases_of(events),
    )


def _mark(name: str) -> Any:
    return record_function(f"{LAYER}{name}")


def _profiled(step: Callable[[], object], steps: int) -> Any:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        for _ in range(steps):
            with record_function(STEP):
                step()
    return found


def _one_step(state: TrainState, data: Samples) -> tuple[StepMemory, bytes]:
    with mode(state.model, training=True), around_steps(state.model, _mark):
        found = _profiled(_step_of(state, data), 1)
    return memory_of(quickest_step(found.events())), _packed_trace(found)


def _packed_trace(found: Any) -> bytes:
    """The Chrome trace without what it says of the machine."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        found.export_chrome_trace(str(path))
        trace = json.loads(path.read_bytes())
    for about in ("host_name", "trace_id", "traceName"):
        trace.pop(about, None)
    return gzip.compress(json.dumps(trace, separators=(",", ":")).encode(), mtime=0)
