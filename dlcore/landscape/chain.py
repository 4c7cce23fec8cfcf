"""Reading a network's operations off its own forward pass, where they form a chain of a known kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

import torch
import torch.nn.functional as F
from torch import fx, nn

from dlcore.nets.registry import private_copy


@dataclass(frozen=True)
class Convolution:
    """A convolution of stride 1, a 2x2 max-pool and a ReLU, the last two in either order."""

    name: str
    kernel: int
    padding: int
    channels_in: int
    channels_out: int


@dataclass(frozen=True)
class Dense:
    """A dense layer and, after all but the last one, a ReLU."""

    name: str
    units_in: int
    units_out: int
    relu: bool


@dataclass(frozen=True)
class Chain:
    """Convolutions, then dense layers, and nothing else: what a digit passes through in eval mode."""

    convolutions: tuple[Convolution, ...]
    dense: tuple[Dense, ...]


def read_chain(model: nn.Module) -> Chain | None:
    """The chain a network is in eval mode; None if it is anything else. The network is only looked at.

    For the moment torch.fx replaces what it means to call any module: no other thread may do so meanwhile.
    """
    if any(module._forward_hooks or module._forward_pre_hooks for module in model.modules()):
        return None  # which may change what passes
    try:
        graph = fx.symbolic_trace(private_copy(model))
    except (fx.proxy.TraceError, TypeError, RuntimeError):  # its forward pass depends on its input
        return None
    steps = list(_steps(graph))
    names = [step.name for step in steps if isinstance(step, (Convolution, Dense))]
    if None in steps or len(set(names)) < len(names):  # another operation, or a layer used twice
        return None
    own = dict(model.named_parameters())  # in which a tensor that two layers share has one name only
    if not all(f"{name}.{part}" in own for name in names for part in ("weight", "bias")):
        return None
    return _parse([step for step in steps if step is not None])


Step = Convolution | Dense | Literal["pool", "relu", "flatten"]


def _steps(graph: fx.GraphModule) -> Iterator[Step | None]:
    """Each operation in order; None for what does not belong into a chain."""
    before: fx.Node | None = None
    for node in graph.graph.nodes:
        if node.op == "placeholder" and before is None:
            before = node
            continue
        if node.op == "output":
            if node.args != (before,):
                yield None
            return
        if node.op in ("placeholder", "get_attr") or node.all_input_nodes != [before]:
            yield None
            return
        before = node
        module = graph.get_submodule(str(node.target)) if node.op == "call_module" else None
        if type(module) is not nn.Dropout:  # which does nothing in eval mode
            yield _step(node, module)


def _step(node: fx.Node, module: nn.Module | None) -> Step | None:
    if type(module) is nn.Conv2d and _plain(module):
        padding = int(module.padding[0])
        return Convolution(
            str(node.target), module.kernel_size[0], padding, module.in_channels, module.out_channels
        )
    if type(module) is nn.Linear and module.bias is not None:
        return Dense(str(node.target), module.in_features, module.out_features, relu=False)
    if type(module) is nn.MaxPool2d and _halves(module):
        return "pool"
    if type(module) is nn.ReLU or node.target in (F.relu, torch.relu, "relu"):
        return "relu"
    after_batch = node.args[1:] == (1,) and not node.kwargs
    if node.target in (torch.flatten, "flatten") and after_batch:
        return "flatten"
    if type(module) is nn.Flatten and (module.start_dim, module.end_dim) == (1, -1):
        return "flatten"
    return None


def _plain(conv: nn.Conv2d) -> bool:
    return (
        conv.stride == (1, 1)
        and conv.dilation == (1, 1)
        and conv.groups == 1
        and conv.padding_mode == "zeros"
        and conv.kernel_size[0] == conv.kernel_size[1]
        and conv.padding in [(p, p) for p in range(conv.kernel_size[0])]
        and conv.bias is not None
    )


def _halves(pool: nn.MaxPool2d) -> bool:
    two = (2, (2, 2))
    plain = pool.padding in (0, (0, 0)) and pool.dilation in (1, (1, 1)) and not pool.ceil_mode
    return pool.kernel_size in two and pool.stride in two and plain and not pool.return_indices


def _parse(steps: list[Step]) -> Chain | None:
    """(convolution, pool, relu)+, flatten, (dense, relu)*, dense."""
    convolutions: list[Convolution] = []
    while steps and isinstance(steps[0], Convolution):
        if set(map(str, steps[1:3])) != {"pool", "relu"}:
            return None
        convolutions.append(steps[0])
        steps = steps[3:]
    if not convolutions or not steps or steps[0] != "flatten":
        return None
    dense: list[Dense] = []
    for step, after in zip_longest(steps[1:], steps[2:]):
        if isinstance(step, Dense):
            dense.append(replace(step, relu=after == "relu"))
        elif step != "relu" or not dense:
            return None
    hidden = [layer.relu for layer in dense[:-1]]
    alternating = len(steps) == 2 * len(dense)  # flatten, then one ReLU less than layers
    return Chain(tuple(convolutions), tuple(dense)) if dense and all(hidden) and alternating else None
