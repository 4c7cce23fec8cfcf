"""Every setting of the black patch: how images are made, the network's shape, how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import model_validator

from dlcore.blackpatch.images import Maker, Where
from dlcore.blackpatch.training import Recipe
from dlcore.presets import Preset
from dlcore.run_config import RunConfig
from dlcore.schema import knob

WIDTH = r"(?:[1-9][0-9]?|1[01][0-9]|12[0-8])"  # 1 to 128


class PatchConfig(RunConfig):
    reports_per_epoch: ClassVar[int] = 20

    where: Where = knob(
        "diagonal",
        options={"diagonal": "Diagonal", "anywhere": "Anywhere"},
        title="Patches lie",
        help="In training and test images: on a diagonal, as in the book, or anywhere in the middle half. "
        "The fair test has them anywhere.",
    )
    hidden: str = knob(
        "56",
        pattern=rf"^{WIDTH}(?:-{WIDTH}){{0,3}}$",
        form="1 to 4 widths from 1 to 128, as in 56 or 56-48",
        title="Hidden units",
        help="How many units each hidden layer has: 56, or 56-48 for two layers.",
    )
    lr: float = knob(
        0.01, ge=1e-7, le=100.0, scale="log", title="Learning rate", help="The size of each nudge."
    )
    epochs: int = knob(10, ge=1, le=200, title="Epochs", help="Passes over the training images.")
    init: float = knob(
        0.01,
        ge=0.0,
        le=1.0,
        scale="log",
        title="Initial weights ±",
        help="Weights begin as random numbers between minus this and this.",
    )
    seed: int = knob(
        42, ge=0, le=2**31 - 1, title="Seed", help="Fixes every random choice: the same seed repeats the run."
    )
    batch_size: int = knob(
        1, ge=1, le=256, scale="log", title="Batch size", help="Images whose blame is averaged for one nudge."
    )
    shuffle: bool = knob(
        False, title="Shuffle", help="A new order of the training images in every epoch. The book keeps one."
    )
    size: int = knob(9, ge=3, le=21, unit="pixels", title="Image size", help="Height and width of an image.")
    patch: int = knob(
        3, ge=1, le=21, unit="pixels", title="Patch size", help="Height and width of the black square."
    )
    noise: float = knob(
        1e-4, ge=0.0, le=0.5, scale="log", title="Noise", help="How much the grey of the background varies."
    )
    share: float = knob(
        0.5, ge=0.05, le=0.95, title="Share with a patch", help="How many of the images have a patch."
    )
    train_size: int = knob(
        2000, ge=20, le=10_000, title="Training images", help="Images the network learns from."
    )
    test_size: int = knob(600, ge=20, le=2000, title="Test images", help="Images of each of the two tests.")

    @model_validator(mode="after")
    def _patch_fits(self) -> Self:
        if self.patch > self.size:
            raise ValueError(
                f"Patch size must be at most the image's {self.size} pixels. Got {self.patch} instead."
            )
        return self

    @property
    def maker(self) -> Maker:
        return Maker(self.size, self.patch, self.noise, self.share, self.where)

    @property
    def widths(self) -> list[int]:
        """Inputs, hidden units layer by layer, one output."""
        return [self.size**2, *map(int, self.hidden.split("-")), 1]

    @property
    def recipe(self) -> Recipe:
        return Recipe(self.lr, self.epochs, self.batch_size, self.shuffle, self.report_every)


PRESETS: Mapping[str, Preset[PatchConfig]] = {
    "quick": Preset(
        "Quick", "The book's network with ten times its learning rate: done in ten epochs.", PatchConfig()
    ),
    "book": Preset(
        "The book",
        "81-56-1, learning rate 0.001, 50 epochs, one image at a time, never shuffled.",
        PatchConfig(lr=1e-3, epochs=50),
    ),
    "plateau": Preset(
        "Plateau",
        "A second hidden layer of 48 units, and the same small weights to begin with.",
        PatchConfig(hidden="56-48", lr=1e-3, epochs=50),
    ),
    "too_small": Preset(
        "Too small a step", "The book with a learning rate of 0.000001.", PatchConfig(lr=1e-6)
    ),
    "too_big": Preset("Too big a step", "The book with a learning rate of 1.", PatchConfig(lr=1.0, epochs=5)),
}
