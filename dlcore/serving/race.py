"""One digit through the same net in six engines, in turns: who answers soonest, and do they agree?"""

from __future__ import annotations

import platform
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import quantiles

import numpy as np
import torch
from numpy.typing import NDArray

from dlcore.errors import ExportError
from dlcore.events import Stage
from dlcore.serving import reload
from dlcore.serving.export import AGREE, logits_of, write
from dlcore.serving.predictor import compiling, frozen
from dlcore.serving.reload import Forward
from dlcore.serving.torchscript import scripted
from dlcore.serving.trained import Trained

CALLS = 400  # of each engine
DROPPED = 50  # of each engine at first: TorchScript compiles, caches fill
ROUNDS = 10  # calls of each engine between two looks at the clock outside


@dataclass(frozen=True)
class Timing:
    """One engine: milliseconds from normalised digit to logits, and how far these are from eager's."""

    engine: str
    p50: float
    p95: float
    difference: float


@dataclass(frozen=True)
class InferenceRace:
    timings: tuple[Timing, ...]  # in the order of ENGINES
    calls: int
    threads: int
    torch: str
    machine: str
    missing: tuple[str, ...] = ()  # a sentence for each engine that could not take part

    @property
    def fastest(self) -> Timing:
        return min(self.timings, key=lambda timing: timing.p50)

    @property
    def difference(self) -> float:
        return max(timing.difference for timing in self.timings)

    @property
    def agree(self) -> bool:
        return self.difference <= AGREE


def iter_race(
    trained: Trained, digit: NDArray[np.uint8], *, calls: int = CALLS, seed: int = 0
) -> Iterator[Stage | InferenceRace]:
    """`digit`: (28, 28) uint8. The last thing it yields is the result. The model is left as found.

    In every round each engine answers once, in an order drawn anew.
    """
    digits = trained.normalize(torch.from_numpy(digit.copy())[None, None])
    engines: dict[str, Forward] = {}
    missing = []
    for number, name in enumerate(ENGINES):
        yield Stage(0.5 * number / len(ENGINES), f"Preparing {name}")
        try:
            engines[name] = ENGINES[name](trained)
        except ExportError as error:
            missing.append(str(error))
    expected = logits_of(engines["eager"], digits)
    differences = {
        name: float((logits_of(forward, digits) - expected).abs().max()) for name, forward in engines.items()
    }
    order, taken = random.Random(seed), {name: list[float]() for name in engines}
    rounds = DROPPED + calls
    for first in range(0, rounds, ROUNDS):
        for _ in range(first, min(first + ROUNDS, rounds)):
            for name in order.sample(list(engines), len(engines)):
                taken[name].append(_clock(engines[name], digits))
        yield Stage(0.5 + 0.5 * first / rounds, "Racing")
    timings = []
    for name, seconds in taken.items():
        cuts = quantiles(seconds[DROPPED:], n=20)
        timings.append(Timing(name, 1000 * cuts[9], 1000 * cuts[18], differences[name]))
    machine = f"{platform.system()} {platform.machine()}"
    yield InferenceRace(
        tuple(timings),
        calls,
        torch.get_num_threads(),
        torch.__version__.partition("+")[0],
        machine,
        tuple(dict.fromkeys(missing)),
    )


@torch.inference_mode()
def _clock(forward: Forward, digits: torch.Tensor) -> float:
    began = time.perf_counter()
    forward(digits)
    return time.perf_counter() - began


def _scripted(trained: Trained) -> Forward:
    return scripted(trained.in_eval())


def _frozen(trained: Trained) -> Forward:
    module = scripted(trained.in_eval())
    with compiling():
        return frozen(module)


def _optimized(trained: Trained) -> Forward:
    module = scripted(trained.in_eval())
    with compiling():
        optimized: Forward = torch.jit.optimize_for_inference(frozen(module))
    return optimized


def _exported(trained: Trained) -> Forward:
    return reload.read_pt2(write(trained, "pt2", images=1).content)


def _onnx(trained: Trained) -> Forward:
    return reload.read_onnx(write(trained, "onnx", images=1).content)


ENGINES: Mapping[str, Callable[[Trained], Forward]] = {
    "eager": lambda trained: trained.in_eval(),
    "scripted": _scripted,
    "frozen": _frozen,
    "optimized": _optimized,
    "exported": _exported,
    "ONNX Runtime": _onnx,
}
