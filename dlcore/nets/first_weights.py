"""How the weights of a fresh network are drawn, if not as torch draws them by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from torch import nn

FirstWeights = Literal["torch", "xavier", "he", "tiny", "large", "zero"]
FIRST_WEIGHTS_TITLES: Mapping[str, str] = {
    "torch": "PyTorch's own",
    "xavier": "Xavier",
    "he": "He",
    "tiny": "Tiny, N(0, 0.01)",
    "large": "Large, N(0, 1)",
    "zero": "All zero",
}
# By a function of torch.nn.init and what it is told. Xavier: Glorot, Bengio 2010, equation 16. He: He, Zhang,
# Ren, Sun 2015, "Delving Deep into Rectifiers", section 2.2.
DRAWN_BY: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "xavier": ("xavier_uniform_", {}),
    "he": ("kaiming_normal_", {"nonlinearity": "relu"}),
    "tiny": ("normal_", {"std": 0.01}),
    "large": ("normal_", {"std": 1.0}),
    "zero": ("zeros_", {}),
}


def draw_first_weights(model: nn.Module, name: FirstWeights) -> None:
    """Draw those of its convolutions and dense layers anew, in place, with biases of 0; "torch" leaves all.

    torch's process-wide random numbers are drawn: see `drawn_with` of `dlcore.randomness`.
    """
    if name == "torch":
        return
    function, told = DRAWN_BY[name]
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            getattr(nn.init, function)(layer.weight, **told)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
