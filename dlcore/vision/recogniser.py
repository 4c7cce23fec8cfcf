"""What a photograph shows, among the thousand classes of ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from PIL import Image
from torch import Tensor, nn

from dlcore.vision.prepare import PrepareConfig, Prepared, prepare


@dataclass(frozen=True)
class Guess:
    """A class and its share of the answer, 0 to 1. All thousand shares add up to 1."""

    name: str
    place: int  # among the classes
    logit: float
    share: float


@dataclass(frozen=True)
class Named:
    """The likeliest classes first, and how the picture came to the network."""

    guesses: tuple[Guess, ...]
    logits: Tensor  # (1000,)
    prepared: Prepared


@cache
def class_names() -> tuple[str, ...]:
    """ImageNet's thousand, in the order of the logits, as torchvision lists them (BSD-3)."""
    from torchvision.models import AlexNet_Weights  # a second of importing, for whoever asks

    return tuple(AlexNet_Weights.DEFAULT.meta["categories"])


def name_picture(
    network: nn.Module, picture: Image.Image, top: int = 5, config: PrepareConfig | None = None
) -> Named:
    """`picture` has mode RGB; `network` is in evaluation mode and gives (1, 1000) logits."""
    prepared = prepare(picture, config)
    with torch.inference_mode():
        logits = network(prepared.batch)[0]
    return Named(best(logits, top), logits, prepared)


def best(logits: Tensor, top: int, names: Sequence[str] | None = None) -> tuple[Guess, ...]:
    """The `top` of (C,) logits, the highest first."""
    names = names or class_names()
    shares = logits.softmax(0)
    places = logits.topk(min(top, len(logits))).indices.tolist()
    return tuple(Guess(names[place], place, float(logits[place]), float(shares[place])) for place in places)
