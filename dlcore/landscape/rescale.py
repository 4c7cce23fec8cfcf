"""The same function in other numbers: what one layer is multiplied by, the next one takes back."""

from __future__ import annotations

from torch import Tensor, nn

from dlcore.errors import ConfigError
from dlcore.landscape.chain import read_chain
from dlcore.landscape.directions import Weights

FACTOR = 10.0


def rescaled(model: nn.Module, weights: Weights) -> dict[str, Tensor]:
    """The first layer ×10, the next layer's weights ÷10. ReLU and pool let a factor through.

    Raises ConfigError if the network is no chain of layers.
    """
    chain = read_chain(model)
    if chain is None:
        raise ConfigError("Only a chain of layers can be rescaled: choose another network.")
    names = [layer.name for layer in chain.convolutions] + [layer.name for layer in chain.dense]
    first, second = names[:2]
    changed = dict(weights)
    changed[f"{first}.weight"] = weights[f"{first}.weight"] * FACTOR
    changed[f"{first}.bias"] = weights[f"{first}.bias"] * FACTOR
    changed[f"{second}.weight"] = weights[f"{second}.weight"] / FACTOR
    return changed
