"""Which script the page shows: a mystery by its number, or a slip that is named openly."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dlcore.buglab.bugs import BUGS, SLIPS, BugName, HarmlessName
from dlcore.schema import Config, knob

ScriptName = Literal["mystery", BugName, HarmlessName]
MYSTERY: ScriptName = "mystery"
SEEDS = (0, 1, 2)  # of the runs that come with the lab


class BugLabConfig(Config):
    """A script and the run of it that is shown."""

    script: ScriptName = knob(
        MYSTERY,
        title="Script",
        help="A mystery does not say what is wrong with it.",
        options={MYSTERY: "A mystery", **{name: slip.title for name, slip in SLIPS.items()}},
    )
    number: int = knob(
        1,
        ge=1,
        le=999,
        title="Mystery",
        help="The same number is the same script for everybody. 1 to 12 are all twelve.",
    )


@dataclass(frozen=True)
class Case:
    """A slip, and the seed of the run that is shown."""

    name: str
    seed: int


def case_of(config: BugLabConfig) -> Case:
    """Twelve numbers in a row, 1 to 12 and so on, hold every bug once."""
    if config.script != MYSTERY:
        return Case(config.script, SEEDS[0])
    deal, place = divmod(config.number - 1, len(BUGS))
    names = sorted(BUGS)
    random.Random(deal).shuffle(names)
    return Case(names[place], SEEDS[config.number % len(SEEDS)])


PRESETS: Mapping[str, BugLabConfig] = {"first": BugLabConfig()}
