"""A digit's way through a network: every operation that ran, what it read, what it gave, on which line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.datasets.catalogue import DIGITS
from dlcore.inspection.listening import Floats, Heard, Kind, Listener, Unit, copy_without, units_of
from dlcore.inspection.steps import Names
from dlcore.mnist.normalize import Normalize

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
    names: tuple[str, ...] = DIGITS  # of the ten classes

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


def vote(logits: Tensor) -> Tensor:
    """Ten logits (B, 10) -> ten shares that add up to 1."""
    return logits.softmax(1)


@torch.no_grad()
def trace(model: nn.Module, digit: NDArray[np.uint8], normalize: Normalize, off: Iterable[Unit] = ()) -> Flow:
    """Send one (28, 28) uint8 digit through a copy of the network and write down every operation.

    Units that this network does not have are not `off`.
    """
    off = units_of(model, off)
    model = copy_without(model, off)
    images = normalize(torch.from_numpy(digit.copy())[None, None])
    with Listener(model) as listener:
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
    _, room, inside = file.rpartition("dlcore")
    inside = f"{room}{inside}" if room else Path(file).name  # a network of blocks lies in no file
    return lambda line: Source(inspect.cleandoc("\n" + "".join(lines)), line - first, inside, line)


def _line_of(function: Callable[..., Any], beginning: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if line.strip().startswith(beginning))
