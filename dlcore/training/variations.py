"""The same run again with one knob turned: the only way to learn what that knob does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Variation:
    """`apply` takes a config that has this `knob`, if it turns one, and gives one of the same class.

    It raises ConfigError where the turned knob would leave its bounds.
    """

    title: str
    knob: str
    apply: Callable[[Any], Any]


VARIATIONS: Mapping[str, Variation] = {
    "lr_double": Variation("learning rate × 2", "lr", lambda c: c.replace(lr=2 * c.lr)),
    "lr_half": Variation("learning rate ÷ 2", "lr", lambda c: c.replace(lr=c.lr / 2)),
    "batch_double": Variation(
        "batch size × 2", "batch_size", lambda c: c.replace(batch_size=2 * c.batch_size)
    ),
    "batch_half": Variation(
        "batch size ÷ 2", "batch_size", lambda c: c.replace(batch_size=c.batch_size // 2)
    ),
    "next_seed": Variation("the next seed", "seed", lambda c: c.replace(seed=c.seed + 1)),
    "same": Variation("nothing: the same again", "", lambda c: c),
}
