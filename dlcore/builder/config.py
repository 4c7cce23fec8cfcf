"""What stands on the builder's page: a line of blocks, whether they make a network or not."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from dlcore.errors import ConfigError
from dlcore.nets.blocks import LAYERS, parse_blocks, text_of
from dlcore.presets import Preset
from dlcore.schema import Config, knob
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS as RECIPES


class BuilderConfig(Config):
    """Its blocks can be read; whether they can be a network is what the page tells."""

    layers: str = knob(
        LAYERS,
        title="Blocks",
        help="Block by block, from the image to the ten logits.",
        form=f"blocks, as in {LAYERS}",
    )

    @field_validator("layers")
    @classmethod
    def _can_be_read(cls, layers: str) -> str:
        try:
            return text_of(parse_blocks(layers))
        except ConfigError as error:
            raise ValueError(str(error)) from None


PRESETS: Mapping[str, Preset[BuilderConfig]] = {
    "small": Preset("Small", "One convolution, one hidden dense layer.", BuilderConfig()),
    "softmax": Preset(
        "No hidden layer", "Softmax regression: ten pictures of weights.", BuilderConfig(layers="dense 10")
    ),
    "book": Preset(
        "The book's",
        "Two hidden dense layers of 64.",
        BuilderConfig(layers="dense 64, relu, dropout 0.1, dense 64, relu, dropout 0.1, dense 10"),
    ),
    "lenet": Preset(
        "LeNet-5",
        "The classic of 1998, with ReLU and max-pool.",
        BuilderConfig(
            layers="conv 6x5 pad 2, relu, pool 2, conv 16x5, relu, pool 2, dense 120, relu, dense 84, relu, "
            "dense 10"
        ),
    ),
    "residual": Preset(
        "Residual",
        "Layers that add to what they read.",
        BuilderConfig(
            layers="conv 16x5 pad 2, relu, pool 2, residual 16, pool 2, residual 32, average 7, dense 10"
        ),
    ),
}


def training_of(layers: str) -> TrainConfig:
    """How a built network is trained from its page: the preset Class, 12,000 images once.

    Raises ConfigError, which names the block, if these blocks can be no network.
    """
    return RECIPES["class"].config.replace(net="MyNetwork", layers=layers)
