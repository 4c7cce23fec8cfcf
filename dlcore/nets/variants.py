"""The lab's networks with another function than ReLU after their layers, or a norm before it, as one would
write them by hand.
"""

from __future__ import annotations

import inspect
import re
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
NormName = Literal["none", "group"]
NORM_TITLES: Mapping[str, str] = {"none": "None", "group": "Group norm"}

MADE = re.compile(r"( +self\.)(\w+)( = nn\.(?:Conv2d|Linear)\(.+?, )(\d+)(.*)")
HIDDEN = re.compile(r"F\.relu\(([^#\n]*?self\.(\w+[0-9])\([^#\n]*)\)(?=$|  #)", re.MULTILINE)


@lru_cache(maxsize=64)
def variant(kind: type[nn.Module], activation: ActivationName, norm: NormName) -> type[nn.Module]:
    """The same layers with this function where `kind` has ReLU, and this norm before it.

    For "relu" and "none" it is `kind` itself.
    """
    if (activation, norm) == ("relu", "none"):
        return kind
    file = sys.modules[kind.__module__]
    source = inspect.getsource(file)
    if norm == "group":
        source = _with_norms(source)
    source = source.replace("F.relu(", f"{CALLED[activation]}(")
    return class_from(source, kind.__name__, Path(str(file.__file__)).name)


def _with_norms(source: str) -> str:
    """A group norm between each hidden layer and its function, over all its numbers for one image.

    Batch norm would mix the images of a batch, which is computed in pieces (Wu, He 2018, "Group
    Normalization"; one group is their layer norm).
    """
    normed = {layer for _, layer in HIDDEN.findall(source)}
    more = 0
    lines = list[str]()
    for line in source.splitlines():
        lines.append(line)
        if (made := MADE.fullmatch(line)) and made[2] in normed:
            lines.append(f"{made[1]}{made[2]}_norm = nn.GroupNorm(1, {made[4]})")
            more += 2 * int(made[4])
    text = HIDDEN.sub(r"F.relu(self.\2_norm(\1))", "\n".join(lines) + "\n")
    return re.sub(r"([\d,]+) parameters", lambda said: f"{_number(said[1]) + more:,} parameters", text)


def _number(said: str) -> int:
    return int(said.replace(",", ""))
