"""What picture of a network's surroundings is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from dlcore.landscape.directions import Normalisation
from dlcore.schema import Config, knob, knobs, parse

PLANES: Mapping[str, str] = {
    "path": "Along the path",
    "random": "Random",
    "three": "Three stops",
}
FAULTS: Mapping[str, str] = {
    "none": "Measured right",
    "walk": "The network is never put back",
    "tensor": "Directions scaled per tensor, not per filter",
    "dropout": "Dropout stays on",
    "divided": "Mean loss divided by the batch size again",
}


MAX_WORK = 20_000_000  # points × digits: some minutes of two cores


class SurfaceConfig(Config):
    """One surface: which plane, how far, how fine, on which digits."""

    plane: Literal["path", "random", "three"] = knob(
        "path",
        title="Plane",
        help="Along the path: where the checkpoints of the run differ most. Random: two random directions.",
        options=PLANES,
    )
    extent: float = knob(
        1.0,
        ge=0.01,
        le=10.0,
        scale="log",
        title="Extent",
        help="How far to look. Random: in units of each filter's own norm. Else: 1 just holds the path.",
    )
    resolution: Literal["11", "21", "41", "81"] = knob(
        "41",
        title="Resolution",
        help="Points along each side. A coarse picture comes first, then each finer one.",
        options={n: f"{n}×{n}" for n in ("11", "21", "41", "81")},
    )
    samples: int = knob(
        256,
        ge=32,
        le=10_000,
        scale="log",
        title="Images",
        help="How many images the loss is measured on, the same ones at every point.",
    )
    digits: Literal["train", "test"] = knob(
        "train",
        title="Of",
        help="Training images: what the optimizer went downhill on. Test images: what counts.",
        options={"train": "the training images", "test": "the test images"},
    )
    normalisation: Normalisation = knob(
        "filter",
        title="Scale random directions",
        help="Per filter makes two networks comparable: each filter moves in units of its own norm.",
        options={
            "filter": "per filter",
            "layer": "per tensor",
            "weight": "per weight",
            "none": "not at all",
        },
    )
    fix_biases: bool = knob(
        True,
        title="Biases stay",
        help="Random directions leave biases where they are.",
    )
    seed: int = knob(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        help="Of the random directions and of the choice of digits.",
    )
    rescaled: bool = knob(
        False,
        title="Same answers, other scale",
        help="The first layer ×10, the next layer's weights ÷10: the network says the same about any digit.",
    )
    fault: Literal["none", "walk", "tensor", "dropout", "divided"] = knob(
        "none",
        title="What goes wrong if",
        help="A mistake that is easily made, done on purpose.",
        options=FAULTS,
    )

    @model_validator(mode="after")
    def _not_endless(self) -> Self:
        if self.points**2 * self.samples > MAX_WORK:
            most = MAX_WORK // self.points**2
            raise ValueError(
                f"Digits must be at most {most:,} at {self.points}×{self.points} points. "
                f"Got {self.samples:,} instead."
            )
        return self

    @property
    def points(self) -> int:
        """Along each side of the finest grid."""
        return int(self.resolution)


class SurfacePage(SurfaceConfig):
    """A surface as a page shows it: beside what, and how drawn. Neither needs new measurements of its own."""

    # Of the picture itself these are not offered: a page shows them beside it.
    rescaled: bool = False
    fault: Literal["none"] = "none"
    beside: Literal["nothing", "run", "rescaled", "walk", "tensor", "dropout", "divided"] = knob(
        "nothing",
        title="Beside it",
        help="A second surface on the same scale: of another run, or what goes wrong if …",
        options={
            "nothing": "Nothing",
            "run": "Another run",
            "rescaled": "The same answers from other numbers",
            "walk": "If the network is never put back",
            "tensor": "If directions are scaled per tensor",
            "dropout": "If dropout stays on",
            "divided": "If the mean is divided by the batch again",
        },
    )
    log: bool = knob(True, title="Logarithmic height", help="Shows what lies between 0.001 and 0.1 too.")
    colour: Literal["loss", "accuracy"] = knob(
        "loss",
        title="Colour",
        help="The height is always the loss.",
        options={"loss": "Loss", "accuracy": "Share of right digits"},
    )
    contours: bool = knob(True, title="Contour lines", help="On the surface and on the floor below it.")

    @property
    def surface(self) -> SurfaceConfig:
        """What is to be measured."""
        return parse(SurfaceConfig, {name: getattr(self, name) for name in knobs(SurfaceConfig)})

    @property
    def other(self) -> SurfaceConfig | None:
        """What is to be measured beside it; None if nothing is."""
        if self.beside == "nothing":
            return None
        if self.beside == "run":
            return self.surface
        if self.beside == "rescaled":
            return self.surface.replace(rescaled=True)
        return self.surface.replace(fault=self.beside)
