"""What of a digit's way through a network is looked at: an operation, one of its maps, a pixel, how deep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlcore.inspection.activations.flow import Flow, Operation
from dlcore.schema import Config, knob

Depth = Literal["picture", "operation", "arithmetic", "source"]


class LookConfig(Config):
    """One set-up of the page, as its address holds it. Maps, rows and columns count from 1."""

    operation: str = knob(
        "conv1",
        title="Operation",
        help="One step of the network, by its name: conv1, pool1, relu1, fc1, softmax.",
        form="the name of an operation, as in conv1",
        pattern=r"^[a-z][a-z0-9_]{0,19}$",
    )
    unit: int = knob(
        1, ge=1, le=4096, title="Map", help="One of its maps; of a dense layer, one of its units."
    )
    row: int = knob(6, ge=1, le=28, title="Row", help="Where on the map, from the top.")
    column: int = knob(10, ge=1, le=28, title="Column", help="Where on the map, from the left.")
    depth: Literal["picture", "operation", "arithmetic", "source"] = knob(
        "picture",
        options={
            "picture": "Picture",
            "operation": "Operation",
            "arithmetic": "Arithmetic",
            "source": "Source",
        },
        title="Depth",
        help="The same number four times, each time closer.",
    )
    view: Literal["map", "filters", "saliency", "off"] = knob(
        "map",
        options={
            "map": "One map",
            "filters": "Its weights",
            "saliency": "What mattered",
            "off": "Switch off",
        },
        title="Look at",
        help="Four ways to look at the chosen map.",
    )
    method: Literal["gradient", "integrated", "occlusion"] = knob(
        "integrated",
        options={
            "gradient": "Gradient",
            "integrated": "Integrated gradients",
            "occlusion": "Occlusion",
        },
        title="Measured by",
        help="Gradient: what a tiny change would do. Integrated: from blank paper to this image. "
        "Occlusion: a small patch of paper laid over it.",
    )


@dataclass(frozen=True)
class Place:
    """One number of one operation; counted from 0."""

    operation: Operation
    index: int  # of the operation
    unit: int
    row: int
    column: int

    @property
    def value(self) -> float:
        return float(self.operation.after[self.unit, self.row, self.column])

    @property
    def one_number(self) -> bool:
        """Is a map of this operation a single number?"""
        return self.operation.after.shape[1:] == (1, 1)


def find_place(flow: Flow, look: LookConfig) -> Place:
    """The number looked at; where this network has no such place, the nearest one it has."""
    index = flow.index(look.operation)
    if index is None:
        index = 0
    operation = flow.operations[index]
    units, height, width = operation.after.shape
    return Place(
        operation, index, min(look.unit, units) - 1, min(look.row, height) - 1, min(look.column, width) - 1
    )


def move(flow: Flow, look: LookConfig, operation: str, unit: int) -> LookConfig:
    """Look at another map (from 0). Where it has the same size, at the same pixel; else at its strongest."""
    now, there = find_place(flow, look), flow.named(operation)
    row, column = now.row, now.column
    if there.after.shape[1:] != now.operation.after.shape[1:]:
        row, column = there.strongest(unit)
    return look.replace(operation=operation, unit=unit + 1, row=row + 1, column=column + 1)


def look_through(operation: Operation, row: int, column: int) -> tuple[int, int]:
    """The row and column, from 0, of the number whose window has this pixel of what is read in its middle."""
    _, height, width = operation.after.shape
    middle = operation.size // 2 - operation.padding
    return (
        min(max((row - middle + operation.stride // 2) // operation.stride, 0), height - 1),
        min(max((column - middle + operation.stride // 2) // operation.stride, 0), width - 1),
    )


def before_relu(flow: Flow, place: Place) -> str | None:
    """If a ReLU left nothing of a map, the operation whose numbers it cut."""
    if place.operation.kind != "relu" or place.operation.after[place.unit].any():
        return None
    return flow.operations[place.index - 1].name
