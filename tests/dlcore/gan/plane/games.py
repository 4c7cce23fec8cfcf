"""Games in the plane that several tests look at: each is played once."""

from __future__ import annotations

from functools import cache

from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.training import Frames, start, train_ahead

EVERY = 50  # steps between two frames


@cache
def played(config: PlaneConfig, steps: int) -> Frames:
    return train_ahead(config, start(config), steps // EVERY, EVERY)
