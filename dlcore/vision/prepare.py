"""From a picture to what the network reads: resize, crop, numbers, the same scale as in its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from dlcore.schema import Config, knob

SHORTER, SIDE = 256, 224  # pixels: of the shorter side after resizing, of the square that is read
MIDDLE, SPREAD = 127.0, 128.0  # Lite0 was trained on (value - 127) / 128
IMAGENET_MEAN, IMAGENET_SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of values from 0 to 1

Pixels = NDArray[np.float32]
Scale = Literal["own", "imagenet", "none"]


class PrepareConfig(Config):
    """How a picture is prepared. As it opens, it is right for EfficientNet-Lite0; the rest are slips."""

    scale: Scale = knob(
        "own",
        title="Scale",
        help="Which numbers stand for the pixels.",
        options={
            "own": "(value − 127) / 128, as in its training",
            "imagenet": "ImageNet's mean and deviation, as for other networks",
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
    batch: Tensor  # (1, 3, 224, 224) float32


def prepare(picture: Image.Image, config: PrepareConfig | None = None) -> Prepared:
    """`picture` has mode RGB."""
    config = config or PrepareConfig()
    resized = resize(picture)
    left, top = round(config.across * (resized.width - SIDE)), round(config.down * (resized.height - SIDE))
    cropped = resized.crop((left, top, left + SIDE, top + SIDE))
    values = np.asarray(cropped, np.float32)
    batch = torch.from_numpy(scaled(values, config.scale)).permute(2, 0, 1)[None]
    return Prepared(resized, (left, top), cropped, batch.flip(1) if config.channels == "bgr" else batch)


def resize(picture: Image.Image) -> Image.Image:
    """Its shorter side becomes 256 pixels, its shape stays."""
    ratio = SHORTER / min(picture.size)
    wide, high = (max(SHORTER, round(side * ratio)) for side in picture.size)
    return picture.resize((wide, high), Image.Resampling.BICUBIC, reducing_gap=2.0)


def scaled(values: Pixels, scale: Scale) -> Pixels:
    """(H, W, 3) float32 from 0 to 255, as the network is given it."""
    if scale == "own":
        return (values - MIDDLE) / SPREAD
    if scale == "imagenet":
        mean, spread = (np.array(each, np.float32) for each in (IMAGENET_MEAN, IMAGENET_SPREAD))
        return (values / np.float32(255) - mean) / spread
    return values
