"""From a picture to what the network reads: resize, crop, numbers, the same scale as in its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dlcore.schema import Config, knob
from dlcore.vision.recipe import HALVES, IMAGENET, LITE0, Pixels, Recipe, Scaling

Scale = Literal["own", "imagenet", "lite0", "none"]


class PrepareConfig(Config):
    """How a picture is prepared. As it opens, it is right for any network; the rest are slips."""

    scale: Scale = knob(
        "own",
        title="Scale",
        help="Which numbers stand for the pixels.",
        options={
            "own": "As in its training",
            "imagenet": "ImageNet's mean and deviation, as for torchvision's",
            "lite0": "(value − 127) / 128, as for Lite0",
            "none": "None: 0 to 255",
        },
    )
    channels: Literal["rgb", "bgr"] = knob(
        "rgb",
        title="Channels",
        help="In which order the three colours come.",
        options={"rgb": "Red, green, blue", "bgr": "Blue, green, red (OpenCV)"},
    )
    across: float = knob(0.5, title="Crop, across", help="0: at the left, 1: at the right.", ge=0.0, le=1.0)
    down: float = knob(0.5, title="Crop, down", help="0: at the top, 1: at the bottom.", ge=0.0, le=1.0)


@dataclass(frozen=True)
class Prepared:
    """Each step's outcome. `corner`: where the crop begins in `resized`, (left, top) in pixels."""

    resized: Image.Image
    corner: tuple[int, int]
    cropped: Image.Image
    batch: Tensor  # (1, 3, side, side) float32

    @property
    def side(self) -> int:
        """Pixels of the square that is read."""
        return self.cropped.width


def prepare(picture: Image.Image, config: PrepareConfig | None = None, recipe: Recipe = LITE0) -> Prepared:
    """`picture` has mode RGB."""
    config = config or PrepareConfig()
    resized, side = resize(picture, recipe), recipe.crop
    left, top = round(config.across * (resized.width - side)), round(config.down * (resized.height - side))
    cropped = resized.crop((left, top, left + side, top + side))
    return Prepared(resized, (left, top), cropped, _batch(cropped, config, recipe))


def grey(config: PrepareConfig, recipe: Recipe) -> Tensor:
    """(1, 3, 1, 1): what a grey pixel becomes on the same way."""
    return _batch(Image.new("RGB", (1, 1), (127, 127, 127)), config, recipe)


def resize(picture: Image.Image, recipe: Recipe = LITE0) -> Image.Image:
    """Its shorter side becomes as many pixels as the network wants, its shape stays."""
    how = Image.Resampling[recipe.interpolation]
    return picture.resize(recipe.size(picture.size), how, reducing_gap=recipe.gap)


def scaling(scale: Scale, recipe: Recipe) -> Scaling | None:
    """Which numbers are given for the pixels; None: the pixels' own."""
    known = {"own": recipe.scaling, "imagenet": IMAGENET, "lite0": HALVES}
    return known.get(scale)


def _batch(picture: Image.Image, config: PrepareConfig, recipe: Recipe) -> Tensor:
    values: Pixels = np.asarray(picture, np.float32)
    how = scaling(config.scale, recipe)
    batch = torch.from_numpy(how.apply(values) if how else values).permute(2, 0, 1)[None]
    return batch.flip(1) if config.channels == "bgr" else batch
