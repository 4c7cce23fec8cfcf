"""One number in words and formulas: what was done, with the numbers it was done with."""

from __future__ import annotations

from collections.abc import Sequence

from dlcore.datasets.catalogue import DIGITS
from dlcore.inspection.activations.arithmetic import Cell
from dlcore.inspection.activations.flow import Flow, Operation
from dlcore.inspection.activations.look import Place
from dlcore.words import decimals_that_add, exact_percent, percent

TERMS = 10  # of a long sum, so many stand there one by one


def name_of(flow: Flow, place: Place) -> str:
    """ "relu1, map 3, row 4, column 5"; of a dense layer "fc1, unit 7"; of the ten classes "fc2, digit 4"."""
    operation, last = place.operation, flow.operations[-1]
    of_classes = place.index >= len(flow.operations) - 2 and operation.after.shape == last.after.shape
    if of_classes:
        noun = "digit " if flow.names == DIGITS else ""
        return f"{operation.name}, {noun}{flow.names[place.unit]}"
    if place.one_number:
        return f"{operation.name}, unit {place.unit + 1}"
    return f"{operation.name}, map {place.unit + 1}, row {place.row + 1}, column {place.column + 1}"


def picture_words(place: Place) -> str:
    """What the picture shows."""
    rule, values = _rule(place.operation), place.operation.after[place.unit]
    if place.one_number:
        return f"This unit gives **{place.value:+.3f}**. {rule}"
    return (
        f"The numbers of this map run from {values.min():+.2f} to {values.max():+.2f}; "
        f"{percent((values == 0).mean())} are 0. {rule}"
    )


def _rule(operation: Operation) -> str:
    if operation.kind != "pool":
        return _RULES[operation.kind]
    window = f"{operation.size}×{operation.size}"
    return (
        f"Of every {window} numbers the largest goes on: the map's sides are divided by {operation.stride}."
    )


_RULES = {
    "conv": "Green: a score above 0. Violet: below 0. Blank paper has a score too.",
    "relu": "What was below 0 is now 0, and leaves the background.",
    "dense": "It weighs every number it reads, and adds them all up.",
    "softmax": "The ten shares add up to 100 %.",
}


def operation_words(operation: Operation, cell: Cell) -> str:
    """What happens under the window, in one or two sentences."""
    if operation.kind == "conv":
        maps = len(cell.patch)
        over = f"{maps} maps" if maps > 1 else "the image"
        kernel = f"{operation.size}×{operation.size} kernel"
        return f"Lay the {kernel} over {over}, multiply number by number, add up."
    if operation.kind == "dense":
        return f"Multiply each of the {cell.patch.size:,} numbers with its own weight, add up."
    if operation.kind == "pool":
        return f"Look at {cell.patch.size} neighbours and keep the largest."
    if operation.kind == "relu":
        return "Keep it if it is above 0, else give 0."
    return "Take the largest logit off each: the shares stay. Raise e to each, then divide by their sum."


def formula(place: Place, cell: Cell) -> str:
    """The sum with its numbers, in LaTeX."""
    operation = place.operation
    if operation.kind == "relu":
        return rf"\max(0,\; {cell.patch[0, 0, 0]:.4f}) = {cell.value:.4f}"
    if operation.kind == "pool":
        return rf"\max({', '.join(f'{value:.4f}' for value in cell.patch.ravel())}) = {cell.value:.4f}"
    if operation.kind == "softmax":
        own = cell.terms[place.unit, 0, 0]
        return (
            rf"\frac{{e^{{z_{place.unit} - z_\mathrm{{max}}}}}}{{\sum_j e^{{z_j - z_\mathrm{{max}}}}}} = "
            + (rf"\frac{{{_tex(own)}}}{{{cell.total:.4f}}} = {_tex(cell.value)}")
        )
    sign = "+" if cell.bias >= 0 else "-"
    decimals = decimals_that_add((cell.total, cell.bias), cell.value)
    return (
        (
            rf"\underbrace{{{cell.total:.{decimals}f}}}_{{{cell.terms.size:,}\text{{ products}}}} {sign} "
            rf"\underbrace{{{abs(cell.bias):.{decimals}f}}}_{{\text{{bias}}}} = {cell.value:.{decimals}f}"
        )
        .replace("{,}", ",")
        .replace(",", "{,}")
    )


def _tex(value: float) -> str:
    """Very small numbers as a power of ten."""
    if value >= 1e-4:
        return f"{value:.4f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def check_words(cell: Cell) -> str:
    """Our sum beside torch's."""
    return f"By hand {cell.value:+.6f}, torch {cell.torch:+.6f}: {abs(cell.value - cell.torch):.0e} apart."


def parts_words(cell: Cell) -> str:
    """Which of several maps the shown numbers belong to, and what the others add."""
    own = cell.by_map[cell.leading]
    return (
        f"Map {cell.leading + 1} of {len(cell.patch)} says most here: its {cell.patch[0].size} products add "
        f"**{own:+.4f}**. The other {len(cell.patch) - 1} maps add {cell.total - own:+.4f}."
    )


def largest_terms(cell: Cell) -> list[dict[str, str]]:
    """The terms of a long sum that weigh most, and the rest in one row."""
    assert cell.kernel is not None
    places = cell.largest(TERMS)
    patch, kernel, products = cell.patch.ravel(), cell.kernel.ravel(), cell.terms.ravel()
    rows = [
        {
            "It reads": f"number {place + 1:,}",
            "Value": f"{patch[place]:+.4f}",
            "× weight": f"{kernel[place]:+.4f}",
            "= product": f"{products[place]:+.4f}",
        }
        for place in places.tolist()
    ]
    rest = cell.total - float(products[places].sum())
    left = cell.terms.size - len(places)
    last = {"It reads": f"the other {left:,}", "Value": "", "× weight": "", "= product": f"{rest:+.4f}"}
    return [*rows, last] if left else rows


def softmax_rows(cell: Cell, names: Sequence[str] = DIGITS) -> list[dict[str, str]]:
    """Logit, power and share of every digit."""
    return [
        {
            "Digit" if names == DIGITS else "Class": name,
            "Logit z": f"{z:+.3f}",
            "e^(z − max)": f"{power:.3g}",
            "Share": exact_percent(power / cell.total),
        }
        for name, z, power in zip(names, cell.patch.ravel(), cell.terms.ravel(), strict=True)
    ]


def marked_source(operation: Operation) -> str:
    """The function that ran; "▶" stands before the line that made these numbers."""
    lines = operation.source.text.splitlines()
    return "\n".join(
        ("▶ " if number == operation.source.line else "  ") + line for number, line in enumerate(lines)
    )


def source_words(operation: Operation) -> str:
    """Which part of that line it was."""
    number = operation.source.number
    return (
        f"{operation.title}: line {number} of {operation.source.file} was running when this number was made."
    )
