"""How hard a network is to fool: the fewest pixels found for each of some test digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from torch import nn

from dlcore.data import Samples
from dlcore.errors import ConfigError
from dlcore.events import Stage
from dlcore.fooling.search import MOST, Fooled, iter_fooling
from dlcore.mnist.normalize import Normalize

COUNT = 50  # digits
NEVER = MOST + 1  # stands for a digit that MOST pixels did not turn


@dataclass(frozen=True)
class Hardness:
    """The pixels that turned each digit into another one; NEVER where MOST did not do."""

    pixels: tuple[int, ...]

    @property
    def median(self) -> float | None:
        """None where at most half of the digits were turned."""
        return float(median(self.pixels)) if self.fooled > len(self.pixels) / 2 else None

    @property
    def fooled(self) -> int:
        """How many of the digits were turned."""
        return sum(count < NEVER for count in self.pixels)


def iter_hardness(
    model: nn.Module, normalize: Normalize, test: Samples, count: int = COUNT
) -> Iterator[Stage | Hardness]:
    """The first `count` test digits that the network reads right; the last event is a Hardness.

    Raises ConfigError if it reads none of them right.
    """
    if not 1 <= count <= len(test):
        raise ConfigError(f"The number of digits must be 1 to {len(test):,}. Got {count:,} instead.")
    return _measure(model, normalize, test, count)


def _measure(model: nn.Module, normalize: Normalize, test: Samples, count: int) -> Iterator[Stage | Hardness]:
    pixels: list[int] = []
    for index in range(len(test)):
        digit, label = test.images[index, 0].numpy(), int(test.labels[index])
        for event in iter_fooling(model, normalize, digit):
            if isinstance(event, Fooled) and event.read == label:
                pixels.append(event.pixels if event.success else NEVER)
        yield Stage(len(pixels) / count, f"{len(pixels)} of {count} digits")
        if len(pixels) == count or index == 4 * count:
            break
    if not pixels:
        raise ConfigError("This network reads none of these digits right: train it first.")
    yield Hardness(tuple(pixels))
