"""The same picture through several networks: what each says, and how long it takes here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from PIL import Image
from torch import Tensor, nn

from dlcore.errors import VisionError
from dlcore.events import Stage, Tick
from dlcore.vision.networks import Network
from dlcore.vision.prepare import PrepareConfig
from dlcore.vision.recogniser import Guess, name_picture
from dlcore.vision.weights import load

TOP, TIMES = 3, 5
MOST = 8  # networks at once


@dataclass(frozen=True)
class Beside:
    """One network's answer, the likeliest first, and the median of TIMES passes; or why it gave none."""

    network: Network
    guesses: tuple[Guess, ...] = ()
    milliseconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class SideBySide:
    """`threads`: of torch, while the time was taken."""

    rows: tuple[Beside, ...]
    threads: int


def iter_beside(
    networks: Sequence[tuple[Network, Path | None]], picture: Image.Image, config: PrepareConfig, threads: int
) -> Iterator[Stage | Tick | SideBySide]:
    """Each network with its file, one after the other; the last event is a SideBySide.

    `picture` has mode RGB. Preparing it is not in the time, loading the network neither.
    """
    rows: list[Beside] = []
    for number, (network, path) in enumerate(networks):
        yield Stage(number / len(networks), f"Asking {network.title}")
        try:
            module = load(network, path)
        except VisionError as error:
            rows.append(Beside(network, problem=str(error)))
            continue
        named = name_picture(module, picture, TOP, config, network.recipe)  # the first pass is slower
        times = []
        for _ in range(TIMES):
            times.append(_milliseconds(module, named.prepared.batch))
            yield Tick()
        rows.append(Beside(network, named.guesses, median(times)))
        del module  # before the next one is read
    yield SideBySide(tuple(rows), threads)


def _milliseconds(module: nn.Module, batch: Tensor) -> float:
    with torch.inference_mode():
        before = time.perf_counter()
        module(batch)
        return 1000 * (time.perf_counter() - before)
