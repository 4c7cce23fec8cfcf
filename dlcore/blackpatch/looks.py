"""What trained weights make of images: the map of places, and scattered black pixels."""

from __future__ import annotations

import random
from dataclasses import dataclass

from dlcore.blackpatch.images import BACKGROUND, BLACK, Image, Maker, make_probes
from dlcore.blackpatch.network import Network


@dataclass(frozen=True)
class PositionMap:
    """`probabilities[i]`: of a patch whose middle lies at (`rows[i]`, `columns[i]`), counted from 1."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    probabilities: tuple[float, ...]
    blank: float  # of an image without a patch

    @property
    def found(self) -> int:
        """None if an image without a patch is called one, too."""
        return 0 if self.blank > 0.5 else sum(p > 0.5 for p in self.probabilities)


def position_map(maker: Maker, probabilities: tuple[float, ...]) -> PositionMap:
    """From what a network makes of `make_probes(maker)`, in that order."""
    middle = maker.patch // 2 + 1
    rows, columns = zip(*((row + middle, column + middle) for row, column in maker.everywhere()), strict=True)
    return PositionMap(rows, columns, probabilities[:-1], probabilities[-1])


def judge_places(network: Network, maker: Maker) -> PositionMap:
    """One image per place of the middle half, and one without a patch."""
    probes = make_probes(maker)
    return position_map(maker, tuple(network.predict(image) for image in probes.images))


def painted(black: list[bool]) -> Image:
    """A painting as an image: black pixels, and the background everywhere else."""
    return [BLACK if pixel else BACKGROUND for pixel in black]


def missed_painting(size: int) -> list[bool]:
    """A patch off the diagonal, which the shipped network misses, to be `painted`."""
    row, column = size // 4 - 1, size - size // 4 - 2
    return [row <= y < row + 3 and column <= x < column + 3 for y in range(size) for x in range(size)]


def scattered(network: Network, maker: Maker, *, count: int = 200, seed: int = 0) -> float:
    """The share of images with as many black pixels as a patch has, scattered, that are called a patch.

    They lie anywhere a patch of the middle half could have one.
    """
    chance = random.Random(seed)
    reach = range(maker.positions()[0], maker.positions()[-1] + maker.patch)
    places = [row * maker.size + column for row in reach for column in reach]
    called = 0
    for _ in range(count):
        black = set(chance.sample(places, maker.patch**2))
        called += network.logit(painted([index in black for index in range(maker.size**2)])) > 0.0
    return called / count
