"""The networks that can name a photograph: EfficientNet-Lite0, and those that torchvision publishes.

Sizes, parameters, accuracies and preparations are torchvision's own, from the records beside its weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from dlcore.errors import ConfigError
from dlcore.vision.recipe import IMAGENET, LITE0, Recipe, Scaling
from dlcore.words import short

FIRST = "efficientnet_lite0"
# After it, those that a lesson speaks of; then all others by name.
EARLY = (
    "alexnet",
    "resnet18",
    "resnet101-v1",
    "resnet101-v2",
    "mobilenet_v3_small",
    "squeezenet1_1",
)
MEBIBYTE = 1_048_576  # what torchvision calls a MB
# One picture takes one thread about a second at most, and a network some 0.6 GB: thirty browsers share them.
MOST_BILLIONS, MOST_BYTES = 20.0, 600_000_000


@dataclass(frozen=True)
class Network:
    """`builder` and `weights` are torchvision's names, "" for Lite0. `file` ends in the first hexadecimal
    digits of its SHA-256; `accuracy` is the published share of ImageNet's validation pictures named right.
    """

    name: str
    title: str
    file: str
    bytes: int  # about: published in units of a thousandth of MEBIBYTE
    parameters: int
    accuracy: float
    billions: float  # of multiply-adds for one picture
    recipe: Recipe
    builder: str = ""
    weights: str = ""
    side: int = 0  # a transformer's picture, if it is not its usual one
    licence: str = ""  # where it stands, if it is not that of all others (BSD-3)

    @property
    def digest(self) -> str:
        """The digits that its file's SHA-256 begins with."""
        return self.file.removesuffix(".pth").rpartition("-")[2]

    @property
    def for_a_class(self) -> bool:
        """Is it small enough for a page that many share?"""
        return self.billions <= MOST_BILLIONS and self.bytes <= MOST_BYTES


def lite0() -> Network:
    """The one that comes along. Its accuracy: Liu 2020 (tensorflow/tpu, efficientnet/lite)."""
    return Network(
        FIRST,
        "EfficientNet-Lite0",
        file="efficientnet-lite0-57934424.pth",
        bytes=18_826_032,
        parameters=4_652_008,
        accuracy=0.751,
        billions=0.407,
        recipe=LITE0,
    )


@cache
def networks() -> Mapping[str, Network]:
    """All of them by name, Lite0 first."""
    from torchvision import models  # a second of importing, for whoever asks

    found = {FIRST: lite0()}
    for builder in models.list_models(module=models):
        every = [one for one in models.get_model_weights(builder) if one.meta.get("categories")]
        found |= {made.name: made for one in every if (made := _published(builder, one, len(every) > 1))}
    early = (FIRST, *EARLY)
    return {name: found[name] for name in (*early, *sorted(found.keys() - set(early)))}


def network_named(name: str) -> Network:
    """Raises ConfigError, with names that are near, if there is none."""
    known = networks()
    if name not in known:
        near = get_close_matches(name, known, 3, 0.6) or list(known)[:3]
        raise ConfigError(
            f"Network must be a name of the list, as {', '.join(near)}. Got {short(name)} instead."
        )
    return known[name]


def for_a_class() -> tuple[Network, ...]:
    """Those that a page offers."""
    return tuple(one for one in networks().values() if one.for_a_class)


def _published(builder: str, weights: Any, several: bool) -> Network:
    how, meta = weights.transforms(), weights.meta
    kind = weights.name.removeprefix("IMAGENET1K_").lower()
    sides = meta.get("min_size", (0,))
    return Network(
        f"{builder}-{kind}" if several else builder,
        _title(type(weights).__name__.removesuffix("_Weights"), kind if several else ""),
        file=weights.url.rpartition("/")[2],
        bytes=round(meta["_file_size"] * MEBIBYTE),
        parameters=meta["num_params"],
        accuracy=meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100,
        billions=meta["_ops"],
        recipe=Recipe(
            how.resize_size[0],
            how.crop_size[0],
            how.interpolation.name,
            Scaling(255, tuple(how.mean), tuple(how.std)) if how.mean != list(IMAGENET.mean) else IMAGENET,
        ),
        builder=builder,
        weights=weights.name,
        side=sides[0] if sides[0] > 224 and builder.startswith("vit") else 0,
        licence=meta.get("license", ""),
    )


def _title(name: str, kind: str) -> str:
    """ResNet101, v2 -> "ResNet-101 V2"; SqueezeNet1_1 -> "SqueezeNet1.1"."""
    name = re.sub(r"(?<=[tX]\d)_(?=\d+$)|(?<=_\d)_(?=\dGF)", ".", name)
    name = re.sub(
        r"(?<=ResNet)(?=\d)|(?<=DenseNet)(?=\d)|(?<=ResNeXt)(?=\d)|(?<=VGG)(?=\d)|(?<=ViT)_", "-", name
    )
    return " ".join((name.replace("_", " "), *kind.upper().split("_"))).strip()
