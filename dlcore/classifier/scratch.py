"""Why one borrows a network: a small one that begins from nothing learns the same few pictures.

Four convolutions on 32 × 32 pixels, trained and judged by the same folds as the head.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlcore.classifier.config import Fit
from dlcore.classifier.pictures import opened
from dlcore.classifier.project import Picture
from dlcore.classifier.squares import square
from dlcore.events import Stage
from dlcore.randomness import drawn_with

SIDE, EPOCHS, BATCH, LR = 32, 15, 16, 2e-3
WIDTHS = (16, 32, 64, 64)


@dataclass(frozen=True)
class Scratch:
    """So many of the pictures are right by a network that never saw them."""

    right: int
    total: int
    parameters: int


def build_small(classes: int) -> nn.Sequential:
    """(B, 3, 32, 32) -> logits (B, classes)."""
    layers: list[nn.Module] = []
    for into, out in zip((3, *WIDTHS), WIDTHS, strict=False):
        layers += [nn.Conv2d(into, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(WIDTHS[-1] * (SIDE // 16) ** 2, classes))


def iter_scratch(
    pictures: Sequence[Picture], labels: Tensor, folds: Tensor, fit: Fit, seed: int
) -> Iterator[Stage | Scratch]:
    """`labels`, `folds` (N,) int64. The last event is the Scratch."""
    images = torch.stack([_small(picture, fit) for picture in pictures])
    classes, count = int(labels.max()) + 1, int(folds.max()) + 1
    right = parameters = 0
    for fold in range(count):
        with drawn_with(seed + fold):
            model = build_small(classes)
        parameters = sum(weight.numel() for weight in model.parameters())
        learns = folds != fold
        for epoch in _iter_epochs(model, images[learns], labels[learns], seed + fold):
            share = (fold + epoch / EPOCHS) / count
            yield Stage(share, f"Part {fold + 1} of {count}, epoch {epoch} of {EPOCHS}")
        with torch.inference_mode():
            right += int((model(images[~learns]).argmax(1) == labels[~learns]).sum())
    yield Scratch(right, len(labels), parameters)


def _small(picture: Picture, fit: Fit) -> Tensor:
    """(3, 32, 32), values from -1 to 1."""
    values = np.asarray(square(opened(picture), fit).resize((SIDE, SIDE)), np.float32)
    return torch.from_numpy(values).permute(2, 0, 1) / 127.5 - 1


def _iter_epochs(model: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Iterator[int]:
    """Half of the images of a batch are mirrored: the only variation that costs nothing."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR)
    for epoch in range(1, EPOCHS + 1):
        for batch in torch.randperm(len(images), generator=generator).split(BATCH):
            mirrored = torch.rand(len(batch), generator=generator) < 0.5
            shown = torch.where(mirrored[:, None, None, None], images[batch].flip(3), images[batch])
            optimizer.zero_grad()
            F.cross_entropy(model(shown), labels[batch]).backward()
            optimizer.step()
        yield epoch
