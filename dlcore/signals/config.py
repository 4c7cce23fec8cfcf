"""What can be chosen about the stack of layers, and the set-ups that its page opens with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dlcore.playground.activations import NAMES, ActivationName
from dlcore.schema import Config, knob

InitName = Literal["xavier", "he", "torch", "tiny", "large", "zero"]
NormName = Literal["none", "layer", "batch"]


class SignalsConfig(Config):
    """The stack, complete: the same config gives the same numbers on the same machine."""

    activation: ActivationName = knob(
        "sigmoid", options=NAMES, title="Activation", help="What each unit does with its sum."
    )
    init: InitName = knob(
        "xavier",
        options={
            "xavier": "Xavier",
            "he": "He",
            "torch": "PyTorch's own",
            "tiny": "Tiny, N(0, 0.01)",
            "large": "Large, N(0, 1)",
            "zero": "All zero",
        },
        title="First weights",
        help="How the weights are drawn before the first step.",
    )
    depth: int = knob(10, ge=1, le=30, title="Layers", help="How many layers stand one behind the other.")
    width: int = knob(64, ge=2, le=128, title="Units in each layer", help="Every layer has as many.")
    residual: bool = knob(
        False,
        title="Residual",
        help="Each layer adds what it found to what it was given: signals may pass by.",
    )
    norm: NormName = knob(
        "none",
        options={"none": "None", "layer": "Layer norm", "batch": "Batch norm"},
        title="Normalisation",
        help="Brings sums to mean 0 and spread 1: those of each example, or each unit's over the batch.",
    )
    seed: int = knob(0, ge=0, le=9999, title="Seed", help="Draws the inputs, the labels and the weights.")


PRESETS: Mapping[str, SignalsConfig] = {"sigmoid": SignalsConfig()}
