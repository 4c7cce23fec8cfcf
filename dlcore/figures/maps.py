"""Maps as sheets of tiles: the whole network on one wall, one number's kernel and products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlcore.figures.digits import data_uri, digit_image, tiles_image
from dlcore.figures.palette import Theme
from dlcore.inspection.activations.arithmetic import Cell
from dlcore.inspection.activations.flow import Flow, Operation
from dlcore.inspection.activations.look import Place
from dlcore.inspection.listening import Floats
from dlcore.words import exact_percent, percent

FAINT = 4.0  # how much fainter a sheet is that has words on it


@dataclass(frozen=True)
class Box:
    """A frame over a sheet, in its cells; it may reach beyond the edge."""

    row: int
    column: int
    height: int = 1
    width: int = 1


@dataclass(frozen=True)
class Sheet:
    """A picture of `rows` × `columns` equal cells, of which the first `count` can be chosen."""

    id: str
    title: str
    note: str
    uri: str
    rows: int
    columns: int
    count: int
    alt: str
    width: int  # pixels on screen at most
    boxes: tuple[Box, ...] = ()
    texts: tuple[str, ...] = ()  # on the cells
    tips: tuple[str, ...] = ()  # what each cell says in place of the note when it is pointed at


def wall(flow: Flow, place: Place, theme: Theme) -> list[list[Sheet]]:
    """Every operation as one sheet of its maps; a row for each layer with weights."""
    rows: list[list[Sheet]] = []
    layer = ""
    for operation in flow.operations:
        if operation.layer != layer:
            rows.append([])
        layer = operation.layer
        rows[-1].append(_wall_sheet(flow, operation, place, theme))
    return rows


def _wall_sheet(flow: Flow, operation: Operation, place: Place, theme: Theme) -> Sheet:
    units, height, width = operation.after.shape
    flat = height == 1
    columns = units if units <= 10 else 32 if flat else 8
    chosen = place.unit if operation is place.operation else None
    limit = FAINT * float(np.abs(operation.after).max()) if units <= 10 else None  # words stand on these
    shape = f"{units} × {height}×{width}" if not flat else f"{units}"
    texts: tuple[str, ...] = ()
    if operation.kind == "softmax":
        texts = tuple(
            f"{name}\n{exact_percent(share, 0)}"
            for name, share in zip(flow.names, flow.probabilities, strict=True)
        )
    elif units <= 10:
        names = flow.names if units == len(flow.names) else tuple(map(str, range(units)))
        texts = tuple(
            f"{name}\n{value:+.1f}" for name, value in zip(names, operation.after[:, 0, 0], strict=False)
        )
    return Sheet(
        id=operation.name,
        title=operation.name,
        note=f"{shape}{_zeros(operation)}",
        uri=data_uri(tiles_image(operation.after, theme, columns=columns, limit=limit)),
        rows=-(-units // columns),
        columns=columns,
        count=units,
        alt=f"{operation.title} {operation.name}: {shape} numbers, {percent(operation.zeros)} of them 0",
        width=420,
        boxes=() if chosen is None else (Box(chosen // columns, chosen % columns),),
        texts=texts,
    )


def _zeros(operation: Operation) -> str:
    """Of a ReLU, what it cut."""
    if operation.kind != "relu":
        return ""
    maps = operation.after.shape[1] > 1
    silent = f", {operation.silent} all 0" if operation.silent and maps else ""
    return f": {percent(operation.zeros)} zeros{silent}"


def _pixels(values: Floats | NDArray[np.float64], theme: Theme) -> str:
    """One map (H, W), a pixel a cell, without edges."""
    return data_uri(tiles_image(values[None], theme, columns=1))


def picture(place: Place, theme: Theme) -> list[list[Sheet]]:
    """Where a map is one number: what that step reads, and the numbers it gives, the chosen one framed."""
    operation = place.operation
    whole = operation.kind != "relu"  # a ReLU reads its own number alone
    maps, height, _ = operation.before.shape
    units = operation.units
    wide = maps if maps <= 10 else 32 if height == 1 else 8
    columns = units if units <= 10 else 32
    reads = Sheet(
        id="reads",
        title="It reads all of this" if whole else "It reads",
        note=f"{operation.before.size:,} numbers" if whole else f"unit {place.unit + 1} of {units}",
        uri=data_uri(tiles_image(operation.before, theme, columns=wide)),
        rows=-(-maps // wide),
        columns=wide,
        count=0,
        alt=f"The {operation.before.size} numbers that {operation.name} reads",
        width=330,
        boxes=() if whole else (Box(place.unit // wide, place.unit % wide),),
    )
    gives = Sheet(
        id="gives",
        title="It gives",
        note=f"unit {place.unit + 1} of {units}",
        uri=data_uri(tiles_image(operation.after, theme, columns=columns)),
        rows=-(-units // columns),
        columns=columns,
        count=units,
        alt=f"The {units} numbers of {operation.name}, the chosen one framed",
        width=330,
        boxes=(Box(place.unit // columns, place.unit % columns),),
    )
    return [[reads, gives]]


def terms(place: Place, cell: Cell, theme: Theme) -> list[list[Sheet]]:
    """The operation under the window: what it read, times the kernel, is the products."""
    assert cell.kernel is not None
    columns = max(1, min(8, len(cell.patch))) if cell.patch.shape[1] > 1 else min(32, len(cell.patch))
    most = float(np.abs(cell.patch).max())
    parts = (
        ("What it read", cell.patch, f"strongest ±{most:.2g}"),
        ("× kernel", cell.kernel, f"strongest ±{np.abs(cell.kernel).max():.2g}"),
        ("= products", cell.terms, f"sum {cell.total:+.3f}"),
    )
    return [[_tiles(title, values, note, columns, theme) for title, values, note in parts]]


def _tiles(
    title: str, maps: NDArray[np.float64] | Floats, note: str, columns: int, theme: Theme, width: int = 210
) -> Sheet:
    return Sheet(
        id=title,
        title=title,
        note=note,
        uri=data_uri(tiles_image(maps, theme, columns=columns)),
        rows=-(-len(maps) // columns),
        columns=columns,
        count=0,
        alt=f"{title}: {len(maps)} small maps, {note}",
        width=width,
    )


def weights_and_gradients(
    weights: Floats, gradients: Floats, chosen: int | None, theme: Theme
) -> list[list[Sheet]]:
    """Kernels beside their gradients; the chosen one is framed."""
    columns = 32 if weights.shape[1] == 1 else 8
    boxes = () if chosen is None else (Box(chosen // columns, chosen % columns),)
    return [
        [
            Sheet(
                id=name,
                title=title,
                note=f"strongest ±{np.abs(maps).max():.2g}",
                uri=data_uri(tiles_image(maps, theme, columns=columns)),
                rows=-(-len(maps) // columns),
                columns=columns,
                count=len(maps) if chosen is not None else 0,
                alt=f"{title}: {len(maps)} tiles, the strongest ±{np.abs(maps).max():.2g}",
                width=420,
                boxes=boxes,
            )
            for name, title, maps in (
                ("weights", "Weights", weights),
                ("gradients", "Gradient of the loss", gradients),
            )
        ]
    ]


def saliency_sheets(
    pixels: NDArray[np.uint8], saliency: Floats, notes: Sequence[str], theme: Theme
) -> list[list[Sheet]]:
    """The digit and, pixel by pixel, what spoke for the answer and what against it."""
    common = {"rows": 28, "columns": 28, "count": 0, "width": 300}
    return [
        [
            Sheet(
                id="digit",
                title="The image",
                note=notes[0],
                uri=data_uri(digit_image(pixels, 28)),
                alt="The 28×28 image that the network reads",
                **common,  # type: ignore[arg-type]
            ),
            Sheet(
                id="saliency",
                title="What mattered",
                note=notes[1],
                uri=_pixels(saliency, theme),
                alt=f"Pixels that speak for the answer in green, against it in violet: {notes[1]}",
                **common,  # type: ignore[arg-type]
            ),
        ]
    ]
