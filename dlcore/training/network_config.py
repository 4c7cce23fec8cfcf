"""The hyper-parameters that say what the network of a training run is made of."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationInfo, field_validator

from dlcore.errors import ConfigError
from dlcore.nets.blocks import LAYERS, MOST_TEXT, parse_blocks, text_of
from dlcore.nets.first_weights import FIRST_WEIGHTS_TITLES, FirstWeights
from dlcore.nets.registry import WITHOUT, NetName
from dlcore.nets.shapes import checked_plan
from dlcore.nets.variants import ACTIVATION_TITLES, NORM_TITLES, ActivationName, NormName
from dlcore.run_config import RunConfig
from dlcore.schema import knob

ARCHITECTURE = ("net", "layers", "activation", "norm")  # what its layers hang on


class NetworkConfig(RunConfig):
    """A network of the digits, by name, and what of it can be chosen."""

    net: NetName = knob(
        "FastCNN",
        title="Network",
        options={"MyNetwork": "My network"},
        help="FastCNN: two small convolutions, 215,194 parameters. SimpleCNN: the lesson's single "
        "convolution, 804,554. SoftmaxRegression: one dense layer, 7,850. BookMLP: two hidden dense layers, "
        "55,050. LeNet5: the classic of 1998, 61,706. SmallResNet: layers that add, 35,274. "
        "My network: the blocks of Build your own network.",
    )
    layers: str = knob(
        LAYERS,
        title="Blocks",
        help="My network, block by block, from the image to the ten logits.",
        form=f"blocks, as in {LAYERS}",
        longest=MOST_TEXT,
    )
    activation: ActivationName = knob(
        "relu",
        title="Activation",
        options=ACTIVATION_TITLES,
        help="What each hidden unit does with its sum. SoftmaxRegression has none; My network has it as a "
        "block.",
    )
    norm: NormName = knob(
        "none",
        title="Norm",
        options=NORM_TITLES,
        help="Group norm: what a hidden layer makes of one image gets mean 0 and deviation 1, then a scale "
        "and a shift that are learned, before its activation. SmallResNet has its own; My network has it as "
        "a block.",
    )
    first_weights: FirstWeights = knob(
        "torch",
        title="First weights",
        options=FIRST_WEIGHTS_TITLES,
        help="How the weights of convolutions and dense layers are drawn before the first step.",
    )
    dropout: float = knob(
        0.0,
        ge=0.0,
        le=0.9,
        title="Dropout",
        help="The share of hidden units switched off at random in each training step. SoftmaxRegression has "
        "none; My network has it as a block.",
    )

    @property
    def architecture(self) -> dict[str, Any]:
        """As `build_model` and `net_class` ask for it."""
        return {name: getattr(self, name) for name in ARCHITECTURE}

    @field_validator("layers")
    @classmethod
    def _only_my_network_has_blocks(cls, layers: str, info: ValidationInfo) -> str:
        """Written in one way; those of no other network, so that equal settings are equal."""
        try:
            blocks = parse_blocks(layers)
            if info.data.get("net") != "MyNetwork":
                return LAYERS
            return text_of(checked_plan(blocks).blocks)
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @field_validator(*WITHOUT)
    @classmethod
    def _some_have_none(cls, value: Any, info: ValidationInfo) -> Any:
        """What its network does not have stands as usual, so that equal settings are equal."""
        name = str(info.field_name)
        return cls.model_fields[name].default if info.data.get("net") in WITHOUT[name] else value
