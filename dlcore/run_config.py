"""What every training run is made from, whatever it trains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dlcore.schema import Config


class RunConfig(Config):
    """The base of every run's configuration: it has a `seed` and `epochs`, and an epoch has steps.

    An epoch is one pass over `train_size` examples, `batch_size` in a step. A configuration without these
    fields says by itself what its `steps_per_epoch` are.
    """

    reports_per_epoch: ClassVar[int] = 50  # Progress events, about
    stops_of_path: ClassVar[int] = 12  # checkpoints that a short run keeps on its way, at most
    steps_between_stops: ClassVar[int] = 10  # at least: nearer to each other they tell nothing

    if TYPE_CHECKING:  # as fields they would come first in every form: a subclass has them in their place
        seed: int = 0
        epochs: int = 1
        train_size: int = 1
        batch_size: int = 1

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.train_size / self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.epochs * self.steps_per_epoch

    @property
    def report_every(self) -> int:
        """Steps between two Progress events: `reports_per_epoch`, 2,000 a run at most."""
        return max(1, self.steps_per_epoch // self.reports_per_epoch, math.ceil(self.total_steps / 2000))

    @property
    def movable(self) -> tuple[str, ...]:
        """Knobs that a hand may move while it runs, and that make a difference then."""
        return ("lr",) if "lr" in type(self).model_fields else ()

    @property
    def halts(self) -> frozenset[int]:
        """The steps within an epoch, counted from 1, after which a short run keeps its weights too.

        So a run of one epoch has a path. One of many epochs has enough with their ends.
        """
        parts = min(self.stops_of_path // self.epochs, self.steps_per_epoch // self.steps_between_stops)
        return frozenset(round(self.steps_per_epoch * part / parts) for part in range(1, parts))
