"""Grey images with or without a black patch. No library: an image is a list of numbers, row by row.

After chapter 2 of "Deep Learning at Scale". The book's generator draws one number and uses it as row and as
column, so its patches lie on a diagonal only; `where="anywhere"` draws two.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dlcore.events import Tick, drained

Image = list[float]  # size * size grey levels: 0 black, 1 white
Where = Literal["diagonal", "anywhere"]

BACKGROUND = 0.996
BLACK = 0.0
TICK_PIXELS = 20_000  # between two Ticks: about 30 ms


@dataclass(frozen=True)
class Maker:
    """How images are made: `size` x `size` pixels, some with a `patch` x `patch` black square."""

    size: int = 9
    patch: int = 3
    noise: float = 1e-4
    share: float = 0.5  # of images that have a patch
    where: Where = "diagonal"

    @property
    def fair(self) -> Maker:
        """The same images with patches in all places of the middle half, in one half of them."""
        return replace(self, share=0.5, where="anywhere")

    def positions(self) -> range:
        """The patch's first row (or column) for which its middle lies in the image's middle half."""
        first, last = self.size // 4, self.size - 1 - self.size // 4  # of the patch's middle
        return range(max(0, first - self.patch // 2), min(self.size - self.patch, last - self.patch // 2) + 1)

    def everywhere(self) -> list[tuple[int, int]]:
        """All (row, column) of the middle half, row by row."""
        return [(row, column) for row in self.positions() for column in self.positions()]

    def blank(self, chance: random.Random) -> Image:
        """The background: 0.996 + |N(-noise, noise)| in every pixel; mirrored at 1, and never below 0.5."""
        greys = (BACKGROUND + abs(chance.gauss(-self.noise, self.noise)) for _ in range(self.size**2))
        return [grey if grey <= 1.0 else max(0.5, 2.0 - grey) for grey in greys]

    def with_patch(self, position: tuple[int, int], chance: random.Random) -> Image:
        """A black square whose upper left corner lies at (row, column)."""
        image = self.blank(chance)
        row, column = position
        for y in range(row, row + self.patch):
            for x in range(column, column + self.patch):
                image[y * self.size + x] = BLACK
        return image

    def draw_position(self, chance: random.Random) -> tuple[int, int]:
        """Any place of the middle half; on the diagonal, one number serves as row and as column."""
        row = chance.choice(self.positions())
        return (row, row) if self.where == "diagonal" else (row, chance.choice(self.positions()))


@dataclass(frozen=True)
class Examples:
    """Images, their labels (1: has a patch), and where the patch lies (None: there is none)."""

    images: Sequence[Image]
    labels: Sequence[int]
    positions: Sequence[tuple[int, int] | None]

    def __len__(self) -> int:
        return len(self.images)

    def pairs(self) -> Iterator[tuple[Image, int]]:
        return zip(self.images, self.labels, strict=True)


def iter_examples(
    maker: Maker, count: int, seed: int | str, *, first: int | None = None
) -> Generator[Tick, None, Examples]:
    """`count` images in random order, of which `maker.share` (rounded) have a patch. Gives way meanwhile.

    `first`: only the first so many of them are made.
    """
    chance = random.Random(seed)
    with_patch = round(count * maker.share)
    labels = [1] * with_patch + [0] * (count - with_patch)
    chance.shuffle(labels)
    positions = [maker.draw_position(chance) if label else None for label in labels]
    labels, positions = labels[:first], positions[:first]
    images = []
    for number, position in enumerate(positions, start=1):
        images.append(maker.blank(chance) if position is None else maker.with_patch(position, chance))
        if number % max(1, TICK_PIXELS // maker.size**2) == 0:
            yield Tick()
    return Examples(images, labels, positions)


def make_examples(maker: Maker, count: int, seed: int | str, *, first: int | None = None) -> Examples:
    """The same in one go."""
    return drained(iter_examples(maker, count, seed, first=first))


def make_probes(maker: Maker, seed: int | str = 0) -> Examples:
    """One image for each place of the middle half, row by row, and last one without a patch."""
    chance = random.Random(seed)
    places = maker.everywhere()
    images = [maker.with_patch(place, chance) for place in places]
    return Examples([*images, maker.blank(chance)], [1] * len(places) + [0], [*places, None])
