"""Which pixels mattered for an answer: three ways to measure it, each with what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.inspection.listening import Floats, Unit, copy_without
from dlcore.mnist.normalize import Normalize

Method = Literal["gradient", "integrated", "occlusion"]

STEPS = 128  # between blank paper and the digit
PATCH = 4  # pixels: the side of what occlusion lays over the digit
STRIDE = 2


@dataclass(frozen=True)
class Saliency:
    """What every pixel did for one logit. `map` is (28, 28): above 0 speaks for the digit, below against."""

    method: Method
    digit: int  # whose logit
    logit: float  # of this image
    blank: float  # of blank paper
    map: Floats

    @property
    def difference(self) -> float:
        """What the drawing added to the logit of blank paper."""
        return self.logit - self.blank

    @property
    def total(self) -> float:
        return float(self.map.sum(dtype=np.float64))

    @property
    def gap(self) -> float:
        """How far the map's sum is from the difference it should share out, as a share of it."""
        return abs(self.total - self.difference) / max(abs(self.difference), 1e-9)

    @property
    def drop(self) -> float:
        """Of occlusion: the largest fall of the logit."""
        return float(self.map.max())


def measure(
    model: nn.Module,
    pixels: NDArray[np.uint8],
    normalize: Normalize,
    method: Method,
    digit: int,
    off: frozenset[Unit] = frozenset(),
) -> Saliency:
    """How much the pixels (28, 28) uint8 did for the logit of `digit`, on a copy of the network."""
    model = copy_without(model, off)
    image = normalize(torch.from_numpy(pixels.copy())[None, None])  # (1, 1, 28, 28)
    paper = normalize(torch.zeros(1, 1, 28, 28, dtype=torch.uint8))
    with torch.no_grad():
        logit, blank = model(torch.cat([image, paper]))[:, digit].tolist()
    if method == "gradient":
        found = _gradients(model, image, digit)[0, 0]
    elif method == "integrated":
        found = _integrated(model, image, paper, digit)
    else:
        found = _occluded(model, image, paper, digit)
    return Saliency(method, digit, logit, blank, found.numpy())


def _gradients(model: nn.Module, images: Tensor, digit: int) -> Tensor:
    """The gradient of each image's logit with respect to its pixels, (B, 1, 28, 28)."""
    with torch.enable_grad():
        images = images.detach().requires_grad_(True)
        (gradients,) = torch.autograd.grad(model(images)[:, digit].sum(), images)
    return gradients


def _integrated(model: nn.Module, image: Tensor, paper: Tensor, digit: int) -> Tensor:
    """The way from paper to digit, times the mean gradient along it (Sundararajan, Taly, Yan 2017)."""
    shares = (torch.arange(STEPS) + 0.5) / STEPS  # the middle of each step
    way = paper + shares.view(-1, 1, 1, 1) * (image - paper)
    total = torch.zeros_like(image)
    for part in way.split(32):
        total += _gradients(model, part, digit).sum(0, keepdim=True)
    return ((image - paper) * total / STEPS)[0, 0]


@torch.no_grad()
def _occluded(model: nn.Module, image: Tensor, paper: Tensor, digit: int) -> Tensor:
    """How far the logit falls when a patch of paper covers a pixel: the mean over all patches that do."""
    starts = range(0, 28 - PATCH + 1, STRIDE)
    places = [(row, column) for row in starts for column in starts]
    covers = torch.zeros(len(places), 1, 28, 28, dtype=torch.bool)
    for number, (row, column) in enumerate(places):
        covers[number, :, row : row + PATCH, column : column + PATCH] = True
    changed = (covers & (image != paper)).flatten(1).any(1)  # paper over paper changes nothing
    falls = torch.zeros(len(places))
    if changed.any():
        covered = torch.where(covers[changed], paper, image)
        falls[changed] = model(image)[0, digit] - model(covered)[:, digit]
    weight = covers[:, 0].float()
    return (falls.view(-1, 1, 1) * weight).sum(0) / weight.sum(0)
