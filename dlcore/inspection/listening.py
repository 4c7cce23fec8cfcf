"""What a network computes, overheard: every torch call of a forward pass, with its numbers and its line.

Nothing is hung onto the network: while it runs, this thread listens to torch itself. So it serves any
network, also one whose operations are plain function calls, and any number of threads at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dlcore.nets.registry import private_copy

Floats = NDArray[np.float32]
Kind = Literal["conv", "pool", "relu", "dense", "softmax"]
Unit = tuple[str, int]  # the layer's name in the network and the number of its map or unit, from 0

KIND_OF: Mapping[str, Kind] = {"conv2d": "conv", "max_pool2d": "pool", "relu": "relu", "linear": "dense"}


@dataclass
class Heard:
    """One call of a torch function as it was overheard."""

    kind: Kind
    given: Tensor
    result: Tensor
    weight: Tensor | None
    bias: Tensor | None
    numbers: Mapping[str, int]
    line: int  # of the file
    layer: str = ""  # the last one with weights, this one included; "" before any


class Listener(TorchFunctionMode):
    """Hears the torch calls of this thread while it is entered; they run as they would without it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._code = type(model).forward.__code__  # the line in it that led to a call
        self._layers = {id(value): name.rpartition(".")[0] for name, value in model.named_parameters()}
        self._layer = ""
        self.heard: list[Heard] = []
        self.unknown: list[str] = []  # what changed the numbers and has no Kind
        self.last: dict[str, Tensor] = {}  # what each layer's numbers became before the next; "" before any

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        named = dict(kwargs or {})
        result = func(*args, **named)
        name = getattr(func, "__name__", "function")
        kind = KIND_OF.get(name)
        if kind is not None:
            call = _heard(kind, args, named, result, self._line())
            call.layer = self._layer = self._layers.get(id(call.weight), self._layer)
            self.heard.append(call)
            self.last[self._layer] = result
        elif isinstance(result, Tensor) and not _handed_on(result, (*args, *named.values())):
            self.unknown.append(name.strip("_"))
            read = self.last.get(self._layer)
            if read is not None and result.is_floating_point() and result.shape[:1] == read.shape[:1]:
                self.last[self._layer] = result
        return result

    def _line(self) -> int:
        frame = sys._getframe(2)
        while frame.f_back is not None and frame.f_code is not self._code:
            frame = frame.f_back
        return frame.f_lineno


def _handed_on(result: Tensor, given: Iterable[Any]) -> bool:
    """Are these the numbers of something given, in the same order? So it is with flatten."""
    return any(
        isinstance(one, Tensor)
        and (one.numel(), one.dtype) == (result.numel(), result.dtype)
        and torch.allclose(one.flatten(), result.flatten(), rtol=0, atol=0, equal_nan=True)
        for one in given
    )


def _heard(kind: Kind, args: Any, named: Mapping[str, Any], result: Tensor, line: int) -> Heard:
    def argument(position: int, name: str, default: Any) -> Any:
        return args[position] if len(args) > position else named.get(name, default)

    def whole(value: Any) -> int:
        return int(value[0] if isinstance(value, tuple | list) else value)

    weight: Any = None
    bias: Any = None
    numbers: dict[str, int] = {}
    if kind in ("conv", "dense"):
        weight, bias = argument(1, "weight", None), argument(2, "bias", None)
    if kind == "conv":
        numbers = {
            "size": weight.shape[-1],
            "stride": whole(argument(3, "stride", 1)),
            "padding": whole(argument(4, "padding", 0)),
        }
    elif kind == "pool":
        size = whole(argument(1, "kernel_size", 1))
        numbers = {
            "size": size,
            "stride": whole(argument(2, "stride", None) or size),
            "padding": whole(argument(3, "padding", 0)),
        }
    return Heard(kind, argument(0, "input", None), result, weight, bias, numbers, line)


def listen(model: nn.Module, images: Tensor) -> tuple[list[Heard], Tensor]:
    """Run normalised images (B, 1, 28, 28) through; every operation in order, and the logits (B, 10)."""
    with Listener(model) as listener:
        logits = model(images)
    return listener.heard, logits


def units_of(model: nn.Module, units: Iterable[Unit]) -> frozenset[Unit]:
    """Those of them that this network has."""
    sizes = {name.rpartition(".")[0]: len(value) for name, value in model.named_parameters()}
    return frozenset((layer, unit) for layer, unit in units if 0 <= unit < sizes.get(layer, 0))


class _Followers(TorchFunctionMode):
    """Hears which norms read the numbers of one layer alone, map by map; not a sum with a skip's."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._names = {id(value): name.rpartition(".")[0] for name, value in model.named_parameters()}
        self._layer = ""
        self._own: Tensor | None = None  # what became of that layer's numbers so far
        self.norms: dict[str, list[str]] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        named = dict(kwargs or {})
        result = func(*args, **named)
        if not isinstance(result, Tensor):
            return result
        given = [one for one in (*args, *named.values()) if isinstance(one, Tensor)]
        read = [one for one in given if id(one) not in self._names]
        module = next((self._names[id(one)] for one in given if id(one) in self._names), "")
        if module and KIND_OF.get(func.__name__) in ("conv", "dense"):
            self._layer, self._own = module, result
        elif len(read) == 1 and read[0] is self._own:
            self._own = result
            if module and func.__name__ == "group_norm":
                self.norms.setdefault(self._layer, []).append(module)
        return result


@torch.no_grad()
def norms_behind(model: nn.Module) -> Mapping[str, Sequence[str]]:
    """For each layer with weights that has any: the norms that its maps or units go through."""
    if not any(isinstance(module, nn.GroupNorm) for module in model.modules()):
        return {}
    followers = _Followers(model)
    with followers:
        model(torch.zeros(1, 1, 28, 28))
    return followers.norms


def copy_without(model: nn.Module, off: Iterable[Unit]) -> nn.Module:
    """A private copy in which units that are `off` give 0 whatever they read, also behind a norm.

    A norm over groups of maps still counts their zeros: the others of a group shift.
    """
    model = private_copy(model)
    off = tuple(off)
    norms = norms_behind(model) if off else {}
    for layer, unit in off:
        for name in (layer, *norms.get(layer, ())):
            for parameter in model.get_submodule(name).parameters(recurse=False):
                parameter[unit] = 0.0  # its row of weights, and its bias
    return model
