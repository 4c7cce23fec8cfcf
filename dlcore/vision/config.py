"""What the page of the recogniser has to choose: a photograph, and how it is prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dlcore.schema import knob
from dlcore.vision.photos import SHOWS, PhotoName
from dlcore.vision.prepare import PrepareConfig

FIRST: PhotoName = "polar_bear"
TITLES: Mapping[str, str] = {name: name.replace("_", " ") for name in sorted(SHOWS)}


class RecogniserConfig(PrepareConfig):
    """A photograph that comes along, its preparation, and the network's mode."""

    photo: PhotoName = knob(
        FIRST, title="Photograph", help="One of those that come with the lab.", options=TITLES
    )
    mode: Literal["eval", "train"] = knob(
        "eval",
        title="Mode",
        help="In training mode batch norm uses this one picture's own mean and spread.",
        options={"eval": "eval(): averages of its training", "train": "train(): this picture alone"},
    )
