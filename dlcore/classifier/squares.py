"""The square that the network reads of a picture."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dlcore.classifier.config import Fit
from dlcore.classifier.pictures import opened
from dlcore.classifier.project import Picture
from dlcore.vision.recipe import HALVES, SIDE


def square(image: Image.Image, fit: Fit) -> Image.Image:
    """224 × 224: with a white margin nothing is lost, cut its sides go, squeezed its shape goes."""
    if fit == "pad":
        side = max(image.size)
        whole = Image.new("RGB", (side, side), "white")
        whole.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
        image = whole
    elif fit == "crop":
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    return image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def as_batch(image: Image.Image) -> Tensor:
    """A square as the network reads it: (1, 3, 224, 224)."""
    values = np.asarray(image, np.float32)
    return torch.from_numpy(HALVES.apply(values)).permute(2, 0, 1)[None]


def thumbnail(picture: Picture, side: int) -> Image.Image:
    """A square of so many pixels, the picture whole in it."""
    small = opened(picture)
    small.thumbnail((side, side), Image.Resampling.BICUBIC)
    whole = Image.new("RGB", (side, side), "white")
    whole.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return whole
