"""A network from its blocks, as the PyTorch class that one would write for them by hand.

Torch, TorchScript and every page that shows a network's source read classes. So the blocks become the text of
one, as torch.fx does with a graph: from a checked plan, that is from known words and whole numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod

from torch import nn

from dlcore.nets.blocks import parse_blocks
from dlcore.nets.made import class_from
from dlcore.nets.shapes import Plan, Step, checked_plan

NAME = "MyNetwork"
NAMED_FILE = "my_network.py"  # as in an export; there is no such file here
SHORT = {"dense": "fc", "residual": "res"}
CALLS = {"relu": "F.relu", "tanh": "torch.tanh", "sigmoid": "torch.sigmoid"}
TEMPLATE = '''"""A network of one's own: {layers}."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class {name}(nn.Module):
    """(B, 1, 28, 28) -> logits (B, 10). {parameters:,} parameters."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
{made}

    def forward(self, x: Tensor) -> Tensor:
{done}
        return logits
'''


def network_source(found: Plan) -> str:
    """A whole Python file with the class. Its dropout stands in its blocks: the argument changes nothing."""
    made, done = list[str](), list[str]()
    for made_here, done_here in _lines(found.steps):
        made += made_here
        done += done_here
    return TEMPLATE.format(
        layers=", ".join(block.text for block in found.blocks),
        name=NAME,
        parameters=found.parameters,
        made="\n".join(f"        {line}" for line in made),
        done="\n".join(f"        {line}" for line in done),
    )


def _lines(steps: tuple[Step, ...]) -> Iterator[tuple[list[str], list[str]]]:
    """For each block, what is made and what is done."""
    counted: dict[str, int] = {}
    for step in steps:
        kind = step.block.kind
        word = SHORT.get(kind, kind)
        counted[word] = counted.get(word, 0) + 1
        name = f"{word}{counted[word]}"
        remark = f"  # (B, {', '.join(map(str, step.shape))})"
        if kind == "residual":
            made, call = _residual(name, step)
        else:
            layer = _layer(step)
            made = [f"self.{name} = {layer}"] if layer else []
            call = f"self.{name}(x)" if layer else f"{CALLS[kind]}(x)"
        flat = ["x = x.flatten(1)"] if kind == "dense" and len(step.given) == 3 else []
        changed = step.shape != step.given
        result = "logits: Tensor" if step is steps[-1] else "x"
        yield made, [*flat, f"{result} = {call}{remark if changed else ''}"]


def _layer(step: Step) -> str:
    """What torch calls it; "" of a plain function."""
    block, given = step.block, step.given
    match block.kind:
        case "conv":
            padding = f", padding={block['padding']}" if block["padding"] else ""
            stride = f", stride={block['stride']}" if block["stride"] > 1 else ""
            kernel = f"kernel_size={block['kernel']}"
            return f"nn.Conv2d({given[0]}, {block['channels']}, {kernel}{padding}{stride})"
        case "pool":
            return f"nn.MaxPool2d({block['size']})"
        case "average":
            return f"nn.AvgPool2d({block['size']})"
        case "norm":
            return f"nn.GroupNorm(1, {given[0]})"
        case "dropout":
            return f"nn.Dropout({block.numbers['share']:g})"
        case "dense":
            return f"nn.Linear({prod(given)}, {block['units']})"
        case _:
            return ""


def _residual(name: str, step: Step) -> tuple[list[str], str]:
    before, after = step.given[0], step.block["width"]
    part, layer, one, three = "fc", "Linear", "", ""
    if len(step.given) == 3:
        part, layer, one, three = "conv", "Conv2d", ", kernel_size=1", ", kernel_size=3, padding=1"
    made = [
        f"self.{name}_{part}1 = nn.{layer}({before}, {after}{three})",
        f"self.{name}_{part}2 = nn.{layer}({after}, {after}{three})",
    ]
    past = "x"
    if before != after:
        made.append(f"self.{name}_skip1 = nn.{layer}({before}, {after}{one})")
        past = f"self.{name}_skip1(x)"
    return made, f"F.relu({past} + self.{name}_{part}2(F.relu(self.{name}_{part}1(x))))"


@lru_cache(maxsize=256)
def network_class(layers: str) -> type[nn.Module]:
    """The class of these blocks. Raises ConfigError if there can be none."""
    return class_from(network_source(checked_plan(parse_blocks(layers))), NAME, NAMED_FILE)
