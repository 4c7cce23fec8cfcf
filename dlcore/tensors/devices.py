"""How fast this machine multiplies matrices, on one thread, on all, on a GPU; and what a copy costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from dlcore.events import Stage
from dlcore.schema import Config, knob

SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
BYTES = 4  # of a float32
ONE, ALL, GPU = "one thread", "all threads", "GPU"
SMALL = 64  # where several threads do share a product, and it is soon done
CLOSE = 0.1  # of a time: nearer than that is no difference
BUSY = 0.5  # threads of others: more of them disturb the measurement
COPIED = 16_000_000  # numbers: far more than any cache holds


class DevicesConfig(Config):
    """How long each size is tried, and up to which."""

    largest: int = knob(512, title="Largest size", help="Rows of the largest matrices.", ge=64, le=1024)
    seconds: float = knob(0.06, title="Time for each size", help="On each device.", unit="s", ge=0.01, le=1.0)


@dataclass(frozen=True)
class Point:
    """A product of two square matrices, the best of several tries."""

    device: str
    size: int
    seconds: float

    @property
    def rate(self) -> float:
        """Operations a second: size³ multiply-adds are two operations each."""
        return 2 * self.size**3 / self.seconds

    @property
    def intensity(self) -> float:
        """Operations for each byte that must be read or written at least once."""
        return 2 * self.size**3 / (3 * self.size**2 * BYTES)


@dataclass(frozen=True)
class Devices:
    """What was measured. `bandwidth`: bytes a second that a copy reads and writes, by device."""

    points: tuple[Point, ...]
    bandwidth: dict[str, float]
    added: dict[str, float]  # operations a second of a sum of two long tensors, by device
    cores: int
    gpu: str  # its name; "" if there is none
    across: float = 0.0  # bytes a second from here to the GPU
    busy: float = 0.0  # threads that others had at work when it began; 0 where the system does not say

    def of(self, device: str) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.device == device)

    def at(self, device: str, size: int) -> Point:
        return next(point for point in self.of(device) if point.size == size)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(point.device for point in self.points))

    @property
    def most(self) -> str:
        """What is meant to be the fastest here: the GPU, else all threads."""
        return GPU if self.gpu else ALL

    @property
    def crossing(self) -> int | None:
        """The smallest size from which on `most` was clearly faster than one thread; None: none."""
        found = None
        for one, most in zip(reversed(self.of(ONE)), reversed(self.of(self.most)), strict=True):
            if most.seconds >= (1 - CLOSE) * one.seconds:
                break
            found = one.size
        return found

    @property
    def peak(self) -> float:
        return max(point.rate for point in self.points)


def iter_devices(config: DevicesConfig) -> Iterator[Stage | Devices]:
    """Measure; the last event is a Devices. Threads are put back as they were."""
    had, cores = torch.get_num_threads(), os.cpu_count() or 1
    sizes = [size for size in SIZES if size <= config.largest]
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    plan = [(ONE, 1, "cpu"), (ALL, cores, "cpu")] + ([(GPU, 1, "cuda")] if gpu else [])
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    points: list[Point] = []
    bandwidth: dict[str, float] = {}
    added: dict[str, float] = {}
    generator = torch.Generator().manual_seed(0)
    try:
        for place, (name, threads, device) in enumerate(plan):
            torch.set_num_threads(threads)
            for at, size in enumerate(sizes):
                yield Stage((place + at / len(sizes)) / len(plan), f"Multiplying {size}×{size} on {name}")
                a, b = (torch.rand(size, size, generator=generator).to(device) for _ in range(2))
                points.append(Point(name, size, _best(lambda: a @ b, config.seconds, device)))  # noqa: B023
            yield Stage((place + 0.95) / len(plan), f"Copying and adding on {name}")
            bandwidth[name], added[name] = _moved(device, config.seconds)
    finally:
        torch.set_num_threads(had)
    across = _across(config.seconds) if gpu else 0.0
    yield Devices(tuple(points), bandwidth, added, cores, gpu, across, busy)


def _moved(device: str, limit: float) -> tuple[float, float]:
    """Bytes a second of a copy, and sums a second of two long tensors."""
    source, other = torch.ones(COPIED, device=device), torch.ones(COPIED, device=device)
    target = torch.empty_like(source)
    copied = _best(lambda: target.copy_(source), limit, device)
    return 2 * BYTES * COPIED / copied, COPIED / _best(
        lambda: torch.add(source, other, out=target), limit, device
    )


def _across(limit: float) -> float:
    here = torch.ones(COPIED)
    return BYTES * COPIED / _best(lambda: here.to("cuda"), limit, "cuda")


def _best(work: Callable[[], object], limit: float, device: str) -> float:
    """The shortest of as many tries as fit into `limit` seconds, three at least: others only slow it down."""
    work()
    best, tries, end = float("inf"), 0, time.perf_counter() + limit
    while tries < 3 or time.perf_counter() < end:
        _settle(device)
        began = time.perf_counter()
        work()
        _settle(device)
        best, tries = min(best, time.perf_counter() - began), tries + 1
    return best


def _settle(device: str) -> None:
    """A GPU works on after the call has returned."""
    if device == "cuda":
        torch.cuda.synchronize()
