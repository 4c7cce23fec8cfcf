"""Who does what of a picture: its levels, coarse first, and the parts of each for several processes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.surfaces import RESOLUTIONS, strides

PART_WORK = 160_000  # points × digits that a process measures in a turn: some seconds
MOST_PARTS = 12  # of a grid


@dataclass(frozen=True)
class Share:
    """What one process does of a picture: the coarsest points, the finer ones in parts, or all."""

    fine: bool = True
    finest: bool = False  # only the points that the grid before it has not
    part: int = 0
    parts: int = 1

    def levels(self, resolution: int) -> range:
        """Of the levels of a grid, 0 the coarsest."""
        levels = len(strides(resolution))
        if self.finest:
            return range(levels - 1, levels)
        return range(levels if self.fine else 1)


WHOLE, COARSE = Share(), Share(fine=False)


def shares(points: int, digits: int) -> tuple[Share, ...]:
    """Who does what of a grid with `points` along each side, where the one before it is known.

    Two processes at least, and more parts for more work, so that somebody else's turn comes between them.
    """
    coarsest = len(strides(points)) == 1
    work = digits * (points**2 if coarsest else points**2 - ((points + 1) // 2) ** 2)
    pairs = (points + 1) // 2  # of rows, which no two share
    parts = max(2, min(MOST_PARTS, pairs, math.ceil(work / PART_WORK)))
    return tuple(Share(finest=not coarsest, part=part, parts=parts) for part in range(parts))


@dataclass(frozen=True)
class Part:
    """One process's piece of a picture: a `share` of the grid that `config` asks for."""

    config: SurfaceConfig
    share: Share


def plan(config: SurfaceConfig) -> tuple[tuple[Part, ...], ...]:
    """The parts of each level, the coarsest first; a level begins when the one before it is done.

    The grid of a level is asked for by its own name: finer and coarser pictures share it. A walk goes from
    one cell to the next: it is one process's work.
    """
    if config.fault == "walk":
        return ((Part(config, WHOLE),),)
    levels = (config.replace(resolution=str(points)) for points in RESOLUTIONS if points <= config.points)
    return tuple(
        tuple(Part(level, share) for share in shares(level.points, level.samples)) for level in levels
    )
