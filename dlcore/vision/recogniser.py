"""What a photograph shows, among the thousand classes of ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

import torch
from PIL import Image
from torch import Tensor, nn

from dlcore.errors import VisionError
from dlcore.randomness import drawn_with
from dlcore.vision.prepare import PrepareConfig, Prepared, prepare
from dlcore.vision.recipe import LITE0, Recipe


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
    network: nn.Module,
    picture: Image.Image,
    top: int = 5,
    config: PrepareConfig | None = None,
    recipe: Recipe = LITE0,
) -> Named:
    """`picture` has mode RGB; `network` gives (1, 1000) logits, and `recipe` is its own."""
    prepared = prepare(picture, config, recipe)
    with torch.inference_mode():
        logits = network(prepared.batch)[0]
    return Named(best(logits, top), logits, prepared)


def name_in_training(
    network: nn.Module,
    picture: Image.Image,
    top: int = 5,
    config: PrepareConfig | None = None,
    recipe: Recipe = LITE0,
    seed: int = 0,
) -> Named:
    """The same in training mode, by a copy: what batch norm gathers changes with every picture. The weights
    themselves are shared: nothing here moves them. `seed`: of what it drops.

    Raises VisionError if one picture is too few for batch norm to find a spread.
    """
    copy = deepcopy(network, {id(weight): weight for weight in network.parameters()}).train()
    with drawn_with(seed):
        try:
            return name_picture(copy, picture, top, config, recipe)
        except ValueError as error:  # its maps shrink to one place: batch norm has no spread there
            raise VisionError("In training mode this network needs several pictures: use eval().") from error


def best(logits: Tensor, top: int, names: Sequence[str] | None = None) -> tuple[Guess, ...]:
    """The `top` of (C,) logits, the highest first."""
    names = names or class_names()
    shares = logits.softmax(0)
    places = logits.topk(min(top, len(logits))).indices.tolist()
    return tuple(Guess(names[place], place, float(logits[place]), float(shares[place])) for place in places)
