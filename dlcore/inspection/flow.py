"""A digit's way through a network: every operation that ran, what it read, what it gave, on which line.

Nothing is hung onto the network: while it runs, this thread listens to torch itself. So it serves any
network, also one whose operations are plain function calls, and any number of threads at once.
"""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dlcore.inspection.steps import Names
from dlcore.mnist.normalize import Normalize

Floats = NDArray[np.float32]
Kind = Literal["conv", "pool", "relu", "dense", "softmax"]
Unit = tuple[str, int]  # the layer's name in the network and the number of its map or unit, from 0

KIND_OF: Mapping[str, Kind] = {"conv2d": "conv", "max_pool2d": "pool", "relu": "relu", "linear": "dense"}
TITLES: Mapping[Kind, str] = {
    "conv": "Convolution",
    "pool": "Max-pool",
    "relu": "ReLU",
    "dense": "Dense",
    "softmax": "Softmax",
}


@dataclass(frozen=True)
class Source:
    """The function that an operation stands in, and the line of it that ran, from 0."""

    text: str
    line: int
    file: str  # inside the project
    number: int  # of that line in the file, from 1


@dataclass(frozen=True)
class Operation:
    """One operation on one digit. Maps are (C, H, W); of a dense layer each unit is a map of one pixel."""

    name: str  # "conv1", "pool1", "relu1": no other operation of this network has it
    kind: Kind
    layer: str  # whose maps these are: the last one with weights, as the network names it
    before: Floats  # (C, H, W): what it reads
    after: Floats  # (K, H', W'): what it gives
    source: Source
    weight: Floats | None = None  # (K, C, h, w); a dense layer's kernel is as large as what it reads
    bias: Floats | None = None  # (K,)
    size: int = 1  # the side of the window it reads
    stride: int = 1
    padding: int = 0

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def units(self) -> int:
        return len(self.after)

    @property
    def noun(self) -> str:
        """What one of its units is called."""
        return "map" if self.after.shape[1:] != (1, 1) else "unit"

    @property
    def zeros(self) -> float:
        """The share of its numbers that are exactly 0, 0..1."""
        return float((self.after == 0).mean())

    @property
    def silent(self) -> int:
        """Maps or units that are 0 everywhere, for this digit."""
        return int((self.after == 0).all(axis=(1, 2)).sum())

    def strongest(self, unit: int) -> tuple[int, int]:
        """Where a map is furthest from 0: row and column."""
        row, column = np.unravel_index(int(np.abs(self.after[unit]).argmax()), self.after.shape[1:])
        return int(row), int(column)


@dataclass(frozen=True)
class Flow:
    """One digit and everything that became of it."""

    net: str
    pixels: NDArray[np.uint8]  # (28, 28), 0 = paper
    paper: float  # what the network reads where nothing is drawn
    operations: tuple[Operation, ...]  # in the order they ran; the last is the softmax
    off: frozenset[Unit]  # the units that were switched off
    unknown: tuple[str, ...] = ()  # torch functions that changed the numbers and are no operation here

    @property
    def probabilities(self) -> tuple[float, ...]:
        return tuple(self.operations[-1].after[:, 0, 0].tolist())

    @property
    def digit(self) -> int:
        """What it reads."""
        return int(self.operations[-1].after.argmax())

    def index(self, name: str) -> int | None:
        """Where in `operations` one of that name stands; None if this network has none."""
        return next((i for i, operation in enumerate(self.operations) if operation.name == name), None)

    def named(self, name: str) -> Operation:
        """Raises KeyError if this network has no such operation."""
        found = self.index(name)
        if found is None:
            raise KeyError(name)
        return self.operations[found]


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


class _Listener(TorchFunctionMode):
    """Hears the torch calls of this thread while it is entered; they run as they would without it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._code = type(model).forward.__code__  # the line in it that led to a call
        self._layers = {id(value): name.rpartition(".")[0] for name, value in model.named_parameters()}
        self._layer = ""
        self.heard: list[Heard] = []
        self.unknown: list[str] = []  # what changed the numbers and has no Kind

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
        elif isinstance(result, Tensor) and not _handed_on(result, (*args, *named.values())):
            self.unknown.append(name.strip("_"))
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
    with _Listener(model) as listener:
        logits = model(images)
    return listener.heard, logits


def vote(logits: Tensor) -> Tensor:
    """Ten logits (B, 10) -> ten shares that add up to 1."""
    return logits.softmax(1)


def private_copy(model: nn.Module, off: Iterable[Unit] = ()) -> nn.Module:
    """A copy in eval mode whose weights want no gradient; units that are `off` give 0 whatever they read.

    Everybody shares the original: what is done to the copy cannot reach it.
    """
    model = copy.deepcopy(model).eval().requires_grad_(False)
    for layer, unit in off:
        module = model.get_submodule(layer)
        for parameter in module.parameters(recurse=False):
            parameter[unit] = 0.0  # its row of weights, and its bias
    return model


@torch.no_grad()
def trace(model: nn.Module, digit: NDArray[np.uint8], normalize: Normalize, off: Iterable[Unit] = ()) -> Flow:
    """Send one (28, 28) uint8 digit through a copy of the network and write down every operation."""
    off = frozenset(off)
    model = private_copy(model, off)
    images = normalize(torch.from_numpy(digit.copy())[None, None])
    with _Listener(model) as listener:
        logits = model(images)
    operations: list[Operation] = []
    unique = Names()
    forward = _source(type(model).forward)
    for call in listener.heard:
        name = call.layer if call.weight is not None else unique(call.kind)
        earlier = operations[-1].after if operations else None
        operations.append(_operation(name, call, earlier, forward(call.line)))
    last = listener.heard[-1].layer if listener.heard else ""
    shares = Heard("softmax", logits, vote(logits), None, None, {}, _line_of(vote, "return "), last)
    operations.append(_operation("softmax", shares, None, _source(vote)(shares.line)))
    paper = float(normalize(torch.zeros(1, 1, 1, 1, dtype=torch.uint8)))
    unknown = tuple(dict.fromkeys(listener.unknown))
    return Flow(type(model).__name__, digit, paper, tuple(operations), off, unknown)


def _operation(name: str, call: Heard, earlier: Floats | None, source: Source) -> Operation:
    before, after = _maps(call.given), _maps(call.result)
    if earlier is not None and before.size == earlier.size:
        before = before.reshape(earlier.shape)  # what was flattened on the way is still maps
    weight = None if call.weight is None else call.weight.detach().numpy()
    if weight is not None and weight.ndim == 2:
        weight = weight.reshape(len(weight), *before.shape)
    bias = None if call.bias is None else call.bias.detach().numpy()
    return Operation(name, call.kind, call.layer, before, after, source, weight, bias, **call.numbers)


def _maps(values: Tensor) -> Floats:
    """The first of a batch, (B, C, H, W) or (B, D), as (C, H, W) or (D, 1, 1)."""
    array: Floats = values[0].detach().numpy()
    return array if array.ndim == 3 else array.reshape(-1, 1, 1)


def _source(function: Callable[..., Any]) -> Callable[[int], Source]:
    """From a line number of the file to that line in the function's own source."""
    lines, first = inspect.getsourcelines(function)
    file = inspect.getfile(function)
    inside = file[file.rfind("dlcore") :]
    return lambda line: Source(inspect.cleandoc("\n" + "".join(lines)), line - first, inside, line)


def _line_of(function: Callable[..., Any], beginning: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if line.strip().startswith(beginning))
