"""How many numbers a layer learns and how many multiply-adds it does for one image, as a sum in words."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from torch import nn

Shape = tuple[int, ...]  # of one image: without B


@dataclass(frozen=True)
class Counts:
    """A multiply-add is one weight times one number, added up. Adding a bias is none."""

    num_params: int
    multiply_adds: int
    parameters_why: str
    multiply_adds_why: str


def count(operation: Any, output: Shape) -> Counts:
    """The counts of a module or function that puts out `output` for one image, (C, H, W) or (C,).

    Of a module that is not known here, the multiply-adds are one for each weight and place.
    """
    if isinstance(operation, nn.Conv2d):
        return _convolution(operation, output)
    if isinstance(operation, nn.Linear):
        return _dense(operation)
    if isinstance(operation, nn.Module) and any(True for _ in operation.parameters()):
        return _other(operation, output)
    return _nothing_learned(operation)


def kernel_of(operation: Any) -> tuple[int, int] | None:
    """Height and width of the window that a module slides over its input; None if it has none."""
    size = getattr(operation, "kernel_size", None)
    if isinstance(size, int):
        return size, size
    return (size[0], size[1]) if isinstance(size, tuple) and len(size) == 2 else None


def _convolution(conv: nn.Conv2d, output: Shape) -> Counts:
    inputs, (height, width) = conv.in_channels // conv.groups, conv.kernel_size
    window = f"{inputs}·{height}·{width}"
    bias = int(conv.bias is not None)
    parameters = conv.out_channels * (inputs * height * width + bias)
    work = output[1] * output[2] * conv.out_channels * inputs * height * width
    return Counts(
        parameters,
        work,
        f"{conv.out_channels}·({window}{' + 1' if bias else ''}) = {parameters:,}",
        f"{output[1]}·{output[2]}·{conv.out_channels}·({window}) = {work:,}",
    )


def _dense(dense: nn.Linear) -> Counts:
    inputs, outputs = dense.in_features, dense.out_features
    bias = int(dense.bias is not None)
    parameters, work = outputs * (inputs + bias), outputs * inputs
    return Counts(
        parameters,
        work,
        f"{outputs}·({inputs}{' + 1' if bias else ''}) = {parameters:,}",
        f"{outputs}·{inputs} = {work:,}",
    )


def _other(module: nn.Module, output: Shape) -> Counts:
    sizes = {name: parameter.numel() for name, parameter in module.named_parameters()}
    weights = sum(size for name, size in sizes.items() if "bias" not in name)
    places, parameters = prod(output[1:]), sum(sizes.values())
    listed = " + ".join(f"{size:,}" for size in sizes.values())
    return Counts(
        parameters,
        weights * places,
        f"{listed} = {parameters:,}",
        f"{weights:,}·{places:,} = {weights * places:,}",
    )


DOING = {  # by the beginning of a module's or function's name, in small letters
    "maxpool": "it keeps the largest of each {kernel} numbers",
    "relu": "it turns what is negative to 0",
    "dropout": "in training it turns some numbers to 0, afterwards it hands on what it gets",
    "flatten": "the same numbers, in one row",
}


def _nothing_learned(operation: Any) -> Counts:
    kind = type(operation).__name__ if isinstance(operation, nn.Module) else str(operation.__name__)
    name = kind.replace("_", "").lower()
    kernel = "×".join(map(str, kernel_of(operation) or ()))
    doing = next((words for known, words in DOING.items() if name.startswith(known)), "nothing to learn here")
    return Counts(0, 0, f"0: {doing.format(kernel=kernel)}.", "0: no weight is multiplied.")
