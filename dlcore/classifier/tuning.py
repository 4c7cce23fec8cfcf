"""Fine-tuning: the last block of the borrowed network learns too, or all of it, not only the head.

Batch norm keeps its averages: those of a million photographs are better than those of some ninety. What
comes before the last block goes once through the network, if only that block learns.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Self

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from dlcore.classifier.config import Fit
from dlcore.classifier.examples import examples
from dlcore.classifier.features import groups_of
from dlcore.classifier.folds import folds_of
from dlcore.classifier.gather import MOST
from dlcore.classifier.head import train_heads
from dlcore.classifier.pictures import opened
from dlcore.classifier.project import Picture
from dlcore.classifier.squares import as_batch, square
from dlcore.data import Samples, Splits
from dlcore.events import Tick
from dlcore.presets import Preset
from dlcore.run_config import RunConfig
from dlcore.schema import knob, parse
from dlcore.training.fine_tune_config import FineTuneConfig
from dlcore.vision.lite0 import FEATURES, ConvNorm, EfficientNetLite0
from dlcore.vision.recipe import MIDDLE, SIDE, SPREAD
from dlcore.zips import LABEL_LETTERS

Layers = Literal["last", "all"]
# Pictures of a step: one through all layers takes some forty times as long as one through the last block.
BATCH: Mapping[Layers, int] = {"last": 16, "all": 4}
SHOWN: Mapping[Layers, int] = {"last": 240, "all": 100}  # in an epoch: few are shown again and again


class TuneConfig(RunConfig):
    """A fine-tuning. Without `pictures` it learns from those that come with the lab."""

    layers: Layers = knob(
        "last",
        title="What learns",
        help="The last block, or every layer: some forty times the work.",
        options={"last": "The last block", "all": "All layers"},
    )
    epochs: int = knob(
        10,
        ge=1,
        le=50,
        title="Epochs",
        help=f"How many times it sees {SHOWN['last']} pictures, or {SHOWN['all']} if all layers learn.",
    )
    lr: float = knob(
        1e-4,
        ge=1e-6,
        le=1.0,
        scale="log",
        title="Learning rate",
        help="How large each update is. Too large forgets what was borrowed.",
    )
    seed: int = knob(0, ge=0, le=9999, title="Seed", help="Fixes the split and every random choice.")
    fit: Fit = Field("pad", title="To a square")
    which: str = Field("example", title="Pictures", pattern="^(example|own)$")
    pictures: str = Field("", max_length=MOST * (LABEL_LETTERS * 6 + 42), title="Labels", repr=False)

    @field_validator("pictures")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            rows = json.loads(text) if text else []
        except (ValueError, RecursionError) as error:
            raise ValueError("a list of pictures") from error
        if not isinstance(rows, list) or not all(
            isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row)
            for row in rows
        ):
            raise ValueError("a list of pictures, each with its label")
        return text

    @property
    def labels(self) -> dict[str, str]:
        """By the digest of the picture."""
        return dict(json.loads(self.pictures)) if self.pictures else {p.digest: p.label for p in examples()}

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(SHOWN[self.layers] / BATCH[self.layers])

    def training(self) -> FineTuneConfig:
        """The same, as the training loop reads it."""
        return FineTuneConfig(
            train_size=SHOWN[self.layers],
            val_size=0,
            epochs=self.epochs,
            batch_size=BATCH[self.layers],
            optimizer="adamw",
            lr=self.lr,
            weight_decay=0.01,
            schedule="constant",
            seed=self.seed,
            device="cpu",
            went_on_from="EfficientNet-Lite0",
        )


PRESETS = {
    "last": Preset("The last block", "The last block learns too.", parse(TuneConfig, {}), threads=1),
    "all": Preset(
        "All layers",
        "Every layer learns, with a tenth of the steps' size.",
        parse(TuneConfig, {"layers": "all", "epochs": 4, "lr": 1e-5}),
        threads=1,
    ),
}


class Tail(nn.Module):
    """From (B, 192, 7, 7), what comes before the last block, to logits (B, classes)."""

    def __init__(self, network: EfficientNetLite0, classes: int) -> None:
        super().__init__()
        block = network.blocks[-1]
        self.widen = _folded(block.widen)  # type: ignore[arg-type]
        self.depthwise = _folded(block.depthwise)  # type: ignore[arg-type]
        self.narrow = _folded(block.narrow)  # type: ignore[arg-type]
        self.head = _folded(network.head)
        self.fc = nn.Linear(FEATURES, classes)

    def features(self, maps: Tensor) -> Tensor:
        """(B, 192, 7, 7) -> (B, 1280)."""
        inside = F.relu6(self.depthwise(F.relu6(self.widen(maps))))
        return F.relu6(self.head(self.narrow(inside))).mean((2, 3))

    def forward(self, maps: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.features(maps))
        return logits


class Whole(EfficientNetLite0):
    """From (B, 3, 224, 224) to logits (B, classes), every layer as it was borrowed; batch norm never learns
    its averages.
    """

    def __init__(self, network: EfficientNetLite0, classes: int) -> None:
        super().__init__()
        self.load_state_dict(network.state_dict())
        self.fc = nn.Linear(FEATURES, classes)
        self.requires_grad_(True)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eval()
        return self


def _folded(layer: ConvNorm) -> nn.Conv2d:
    """The convolution and the averages of its batch norm as one convolution with a bias."""
    old, norm = layer.conv, layer.norm
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    new = nn.Conv2d(
        old.in_channels,
        old.out_channels,
        3 if old.kernel_size[0] == 3 else 1,
        padding=old.kernel_size[0] // 2,
        groups=old.groups,
    )
    with torch.no_grad():
        new.weight.copy_(old.weight * scale[:, None, None, None])
        assert new.bias is not None
        new.bias.copy_(norm.bias - norm.running_mean * scale)
    return new


def before_tail(network: EfficientNetLite0, picture: Picture, fit: Fit) -> Tensor:
    """(192, 7, 7) float32: what the last block reads of a picture."""
    with torch.inference_mode():
        found: Tensor = network.blocks[:-1](network.stem(as_batch(square(opened(picture), fit))))[0]
    return found.clone()


def iter_maps(network: EfficientNetLite0, pictures: Sequence[Picture], fit: Fit) -> Iterator[Tick | Tensor]:
    """A Tick after each picture; the last event is (N, 192, 7, 7)."""
    found = []
    for picture in pictures:
        found.append(before_tail(network, picture, fit))
        yield Tick()
    yield torch.stack(found)


def iter_squares(pictures: Sequence[Picture], fit: Fit) -> Iterator[Tick | Tensor]:
    """A Tick after each picture; the last event is (N, 3, 224, 224) uint8."""
    found = torch.empty(len(pictures), 3, SIDE, SIDE, dtype=torch.uint8)
    for place, picture in enumerate(pictures):
        found[place] = torch.from_numpy(np.array(square(opened(picture), fit))).permute(2, 0, 1)
        yield Tick()
    yield found


def scaled(squares: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
    """uint8 squares as the network reads them."""
    return (squares.float() - MIDDLE) / SPREAD


def as_they_are(maps: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
    """What the tail reads is kept as it reads it."""
    return maps


def iter_found(model: Tail | Whole, inputs: Tensor) -> Iterator[Tick | Tensor]:
    """Features (N, 1280) of all inputs, a Tick after each; the last event is they."""
    prepare = scaled if isinstance(model, Whole) else as_they_are
    found = []
    for one in inputs.split(1):
        with torch.inference_mode():
            found.append(model.eval().features(prepare(one)).clone())
        yield Tick()
    yield torch.cat(found)


def split(features: Tensor, inputs: Tensor, labels: Tensor, seed: int, shown: int) -> Splits:
    """The pictures of all parts but the first to learn from, each again and again until they are `shown`, and
    the first part to judge by. `features` (N, 1280) are those before anything was tuned.

    Near-copies stay on one side. Raises DataError if a class is too small to be judged.
    """
    learns = folds_of(labels, groups_of(features), seed) != 0
    mine, aside = Samples(inputs, labels)[learns], Samples(inputs, labels)[~learns]
    drawn = torch.Generator().manual_seed(seed)
    rounds = [torch.randperm(len(mine), generator=drawn) for _ in range(math.ceil(shown / len(mine)))]
    again = torch.cat(rounds)[:shown]  # of more a draw
    return Splits(mine[again], aside, aside[:0])


def give_head(model: Tail | Whole, features: Tensor, labels: Tensor, judged_by: Samples, seed: int) -> None:
    """The head as it is trained without fine-tuning, on the same pictures: the tuning goes on from there."""
    learns = folds_of(labels, groups_of(features), seed) != 0
    assert int((~learns).sum()) == len(judged_by)
    head = train_heads(features, labels, model.fc.out_features, learns[None])
    with torch.no_grad():
        model.fc.weight.copy_(head.weight[0])
        model.fc.bias.copy_(head.bias[0])
