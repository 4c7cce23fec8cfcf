"""Two judgements of the same images: how many turned, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANCE = 0.05  # what comes by chance more often is called chance


@dataclass(frozen=True)
class Change:
    """Of `total` images, how many were read right; how many turned right, how many turned wrong."""

    total: int
    before: int
    learned: int
    forgot: int

    @property
    def after(self) -> int:
        return self.before + self.learned - self.forgot

    @property
    def by_chance(self) -> float:
        """How often a coin, thrown for each image that turned, falls at least as unevenly (a sign test)."""
        turned = self.learned + self.forgot
        way = ways = 1
        for k in range(min(self.learned, self.forgot)):
            way = way * (turned - k) // (k + 1)  # turned over k + 1
            ways += way
        throws: int = 1 << turned
        return min(1.0, 2 * ways / throws)

    @property
    def within_chance(self) -> bool:
        return self.by_chance > CHANCE


def change(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Change:
    """From (N,) which images were right before, and which are now."""
    learned, forgot = int((~before & after).sum()), int((before & ~after).sum())
    return Change(len(before), int(before.sum()), learned, forgot)
