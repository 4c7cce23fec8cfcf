"""One step of the game in slow motion: before it, after the detective's nudges, after the forger's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.training import BOTH, Frames, Moment, Players, Watcher, stacked

Array = NDArray[Any]


@dataclass(frozen=True)
class Story:
    """`frames` holds three looks: before, after the detective, after both. `d_gradient` and `g_gradient` are
    the lengths of the whole gradients by which each was nudged last; 0 of who sleeps.
    """

    frames: Frames
    d_gradient: float
    g_gradient: float


def story_of(config: PlaneConfig, begin: Moment, own: Array | None = None) -> Story:
    """It ends where `train_ahead` ends one step from this moment. Raises DataError without real points."""
    players, watcher = Players(config, begin, own), Watcher(config, own)
    with np.errstate(all="ignore"):  # what is not finite has no moment to go on from
        looks = [watcher.look(players)]
        sizes = []
        for who in players.turns(BOTH):
            sizes.append(float(np.linalg.norm(who.gradient)) if who is not None else 0.0)
            looks.append(watcher.look(players))
    return Story(stacked(begin.step, 0, looks, players), sizes[0], sizes[1])
