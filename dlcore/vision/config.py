"""What the page of the recogniser has to choose: a photograph, and how it is prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import field_validator

from dlcore.schema import knob
from dlcore.vision.networks import FIRST as FIRST_NETWORK
from dlcore.vision.networks import networks
from dlcore.vision.photos import SHOWS, PhotoName
from dlcore.vision.prepare import PrepareConfig

FIRST: PhotoName = "polar_bear"
TITLES: Mapping[str, str] = {name: name.replace("_", " ") for name in sorted(SHOWS)}


class RecogniserConfig(PrepareConfig):
    """A photograph that comes along, its preparation, the network and its mode."""

    network: str = knob(
        FIRST_NETWORK,
        title="Network",
        help="Each was trained on ImageNet's thousand classes, and wants its pictures in its own way.",
        form="a name of the page's list",
    )

    photo: PhotoName = knob(
        FIRST, title="Photograph", help="One of those that come with the lab.", options=TITLES
    )
    mode: Literal["eval", "train"] = knob(
        "eval",
        title="Mode",
        help="In training mode batch norm uses this one picture's own mean and spread, and dropout drops.",
        options={"eval": "eval(): averages of its training", "train": "train(): this picture alone"},
    )

    @field_validator("network")
    @classmethod
    def _offered(cls, name: str) -> str:
        if name not in networks() or not networks()[name].for_a_class:
            raise ValueError("no network of the page has this name")
        return name
