"""What a network is made of: its steps, their shapes, what they learn, do and put out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import torch
import torchinfo
from torch import Tensor, nn

from dlcore.inspection.steps import around_steps
from dlcore.inspection.structure.counts import Counts, Shape, count, kernel_of
from dlcore.inspection.structure.graphs import IMAGE, ModuleGraph, module_graph
from dlcore.nets.registry import private_copy
from dlcore.schema import Config, knob
from dlcore.words import milliseconds, size

BYTES = 4  # of a float32

Quantity = Literal["multiply_adds", "parameters", "memory", "time"]
GraphKind = Literal["module", "autograd"]
QUANTITIES: dict[Quantity, str] = {
    "multiply_adds": "Multiply-adds",
    "parameters": "Parameters",
    "memory": "Memory",
    "time": "Time",
}


class StructureConfig(Config):
    """What is looked at."""

    graph: GraphKind = knob(
        "module",
        title="Graph",
        help="The steps of the forward pass, or what autograd remembers for the backward pass.",
        options={"module": "Steps", "autograd": "Autograd"},
    )
    paint: Quantity = knob(
        "multiply_adds",
        title="Painted by",
        help="What the boxes show by colour and number. Time is measured on this machine.",
        options={str(name): words for name, words in QUANTITIES.items()},
    )
    batch_size: int = knob(
        64,
        ge=1,
        le=1024,
        scale="log",
        unit="images",
        title="Batch size",
        help="For memory and time. Multiply-adds are counted for one image.",
    )
    saved: bool = knob(
        False,
        title="Saved tensors",
        help="Show what the forward pass keeps for the backward pass.",
    )


@dataclass(frozen=True)
class Layer:
    """One step of the forward pass. Shapes and multiply-adds are those of one image."""

    name: str
    kind: str  # the module's class, or the function's name
    module: bool  # or a function that forward calls; torchinfo lists no functions
    kernel: tuple[int, int] | None
    input: Shape
    output: Shape
    counts: Counts
    new: bool  # does it put out numbers of its own, or hand on what it got?

    def memory(self, batch_size: int) -> int:
        """Bytes of what it puts out for a batch, in float32."""
        return batch_size * BYTES * prod(self.output) * self.new

    def memory_why(self, batch_size: int) -> str:
        if not self.new:
            return "0: it hands on what it got."
        size = "·".join(map(str, self.output))
        return f"{batch_size}·{size}·{BYTES} B = {self.memory(batch_size):,} B"


@dataclass(frozen=True)
class Structure:
    """A network's steps in their order, the graph they form, and the totals that torchinfo gives."""

    net: str
    layers: tuple[Layer, ...]
    graph: ModuleGraph
    torchinfo_parameters: int
    torchinfo_multiply_adds: int  # it counts one for each bias too

    @property
    def num_params(self) -> int:
        return sum(layer.counts.num_params for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """For one image, biases not counted."""
        return sum(layer.counts.multiply_adds for layer in self.layers)

    def memory(self, batch_size: int) -> int:
        """Bytes of all that the steps put out for a batch: training keeps most of it for the way back."""
        return sum(layer.memory(batch_size) for layer in self.layers)

    def named(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)

    def most(self, quantity: Quantity) -> Layer:
        """The layer with most parameters, most multiply-adds or the largest output."""
        shares = self.shares(quantity)
        return max(self.layers, key=lambda layer: shares[layer.name])

    def shares(self, quantity: Quantity) -> dict[str, float]:
        """Each step's share of a quantity, 0..1, by name; of no quantity that is counted, 0."""
        match quantity:
            case "multiply_adds":
                return shares_of({layer.name: layer.counts.multiply_adds for layer in self.layers})
            case "parameters":
                return shares_of({layer.name: layer.counts.num_params for layer in self.layers})
            case "memory":
                return shares_of({layer.name: layer.memory(1) for layer in self.layers})
            case "time":
                return {layer.name: 0.0 for layer in self.layers}


def shares_of(values: Mapping[str, float]) -> dict[str, float]:
    """Each value's share of the sum, 0..1."""
    total = sum(values.values()) or 1.0
    return {name: value / total for name, value in values.items()}


@dataclass(frozen=True)
class Paint:
    """What a graph shows by colour and number: each step's share 0..1, and its amount in words."""

    title: str
    shares: Mapping[str, float]
    words: Mapping[str, str]


def painted(
    structure: Structure,
    quantity: Quantity,
    *,
    batch_size: int,
    times: Mapping[str, float] | None = None,
) -> Paint:
    """Each step's part. `times` are the milliseconds that were measured, by step; without them, no time."""
    shares, title = structure.shares(quantity), QUANTITIES[quantity]
    match quantity:
        case "multiply_adds":
            words = {layer.name: f"{layer.counts.multiply_adds:,}" for layer in structure.layers}
        case "parameters":
            words = {layer.name: f"{layer.counts.num_params:,}" for layer in structure.layers}
        case "memory":
            words = {layer.name: size(layer.memory(batch_size)) for layer in structure.layers}
        case "time":
            known = {layer.name: (times or {}).get(layer.name, 0.0) for layer in structure.layers}
            shares = shares_of(known)
            words = {name: milliseconds(value) if times else "" for name, value in known.items()}
    return Paint(title, shares, words)


def inspect_model(model: nn.Module) -> Structure:
    """What `model` is made of, found by letting one image (1, 1, 28, 28) through a copy of it."""
    # Laid out as training has it: there, flatten writes its numbers anew.
    copy = private_copy(model).to(memory_format=torch.channels_last)
    image = torch.zeros(1, *IMAGE)
    layers: list[Layer] = []
    counted: set[int] = set()

    def note(name: str, operation: Any, given: Tensor, got: Tensor) -> None:
        again = isinstance(operation, nn.Module) and id(operation) in counted
        counted.add(id(operation))
        layers.append(_layer(name, operation, given, got, again=again))

    with around_steps(copy, lambda name: nullcontext(), note), torch.no_grad():
        copy(image)
    found = torchinfo.summary(
        copy,
        input_data=image,
        mode="eval",  # else it depends on the version which mode is meant
        cache_forward_pass=False,  # its cache goes by the class's name alone
        device="cpu",
        verbose=0,
    )
    return Structure(
        type(model).__name__,
        tuple(layers),
        module_graph(copy),
        found.total_params,
        found.total_mult_adds,
    )


def _layer(name: str, operation: Any, given: Tensor, got: Tensor, *, again: bool) -> Layer:
    output = tuple(got.shape[1:])
    counts = count(operation, output)
    if again and counts.num_params:
        counts = Counts(0, counts.multiply_adds, "0 more: the same weights again.", counts.multiply_adds_why)
    module = isinstance(operation, nn.Module)
    return Layer(
        name=name,
        kind=type(operation).__name__ if module else str(operation.__name__),
        module=module,
        kernel=kernel_of(operation),
        input=tuple(given.shape[1:]),
        output=output,
        counts=counts,
        new=given.untyped_storage().data_ptr() != got.untyped_storage().data_ptr(),
    )
