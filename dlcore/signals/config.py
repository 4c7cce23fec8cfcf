"""What can be chosen of the stack."""

from __future__ import annotations

from typing import Literal

from dlcore.playground.activations import NAMES, ActivationName
from dlcore.schema import Config, knob

MOST_LAYERS, MOST_WIDTH = 30, 128
InitName = Literal["torch", "xavier", "he", "tiny", "large", "zero"]


class SignalsConfig(Config):
    """A stack of layers before its first step: the same config, the same numbers."""

    activation: ActivationName = knob(
        "sigmoid", options=NAMES, title="Activation", help="What each unit does with its sum."
    )
    init: InitName = knob(
        "xavier",
        options={
            "torch": "PyTorch's own",
            "xavier": "Xavier",
            "he": "He",
            "tiny": "Tiny, N(0, 0.01)",
            "large": "Large, N(0, 1)",
            "zero": "All zero",
        },
        title="First weights",
        help="How the weights are drawn. Biases start at 0, but for PyTorch's own.",
    )
    depth: int = knob(10, ge=1, le=MOST_LAYERS, title="Layers", help="Equal layers, one after the other.")
    width: int = knob(
        64, ge=4, le=MOST_WIDTH, title="Units", unit="a layer", help="How many units each layer has."
    )
    residual: bool = knob(
        False,
        title="Residual connections",
        help="Each layer adds to what it was given, instead of replacing it.",
    )
    norm: Literal["none", "layer", "batch"] = knob(
        "none",
        options={"none": "None", "layer": "Layer", "batch": "Batch"},
        title="Normalisation",
        help="Brings the sums of each layer to mean 0 and deviation 1 before they are bent.",
    )
    seed: int = knob(0, ge=0, le=9999, title="Seed", help="Draws the weights, the inputs and the targets.")
