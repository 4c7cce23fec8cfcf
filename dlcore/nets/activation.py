"""The lab's networks with another function than ReLU after their layers, as one would write them by hand."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from torch import nn

from dlcore.nets.made import class_from

ActivationName = Literal["relu", "leaky", "gelu", "tanh", "sigmoid"]
ACTIVATION_TITLES: Mapping[str, str] = {
    "relu": "ReLU",
    "leaky": "Leaky ReLU",
    "gelu": "GELU",
    "tanh": "tanh",
    "sigmoid": "Sigmoid",
}
CALLED: Mapping[ActivationName, str] = {
    "relu": "F.relu",
    "leaky": "F.leaky_relu",
    "gelu": "F.gelu",
    "tanh": "F.tanh",
    "sigmoid": "F.sigmoid",
}


@lru_cache(maxsize=64)
def with_activation(kind: type[nn.Module], activation: ActivationName) -> type[nn.Module]:
    """The same layers with this function where `kind` has ReLU; for "relu" it is `kind` itself."""
    if activation == "relu":
        return kind
    file = sys.modules[kind.__module__]
    source = inspect.getsource(file).replace("F.relu(", f"{CALLED[activation]}(")
    return class_from(source, kind.__name__, Path(str(file.__file__)).name)
