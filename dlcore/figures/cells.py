"""Tensors as grids of cells: values in their shape, storage in its order, what is lit and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dlcore.tensors.broadcasting import Broadcast
from dlcore.tensors.indexing import Indexed, Product
from dlcore.tensors.sharing import Shared
from dlcore.tensors.values import Lies, said_shape


@dataclass(frozen=True)
class Cell:
    text: str
    number: int
    mark: str = ""  # "lit", "second" or "faint"
    small: str = ""  # which cell of storage holds it


@dataclass(frozen=True)
class Grid:
    """`apart`: after so many rows there is a gap, where a third axis goes on; 0: never."""

    id: str
    title: str
    note: str
    rows: tuple[tuple[Cell, ...], ...]
    live: bool = False
    apart: int = 0

    @property
    def count(self) -> int:
        return sum(map(len, self.rows))


def values_grid(
    name: str,
    found: Lies,
    *,
    title: str = "",
    lit: Collection[int] = (),
    second: Collection[int] = (),
    faint: Collection[int] = (),
    places: bool = False,
    live: bool = False,
) -> Grid:
    """The values as torch prints them; with `places`, each says which cell of storage holds it."""

    def mark(at: int) -> str:
        return "lit" if at in lit else "second" if at in second else "faint" if at in faint else ""

    rows = tuple(
        tuple(Cell(found.values[at], at, mark(at), str(found.cells[at]) if places else "") for at in row)
        for row in found.rows
    )
    deep = found.shape[-2] if len(found.shape) > 2 else 0
    return Grid(name, title or name, said_shape(found.shape), rows, live, deep)


def storage_grid(name: str, found: Lies, of: str = "a", *, lit: Collection[int] = ()) -> Grid:
    """The cells as they lie one after the other."""
    row = tuple(
        Cell(value, at, "lit" if at in lit else "" if at in found.cells else "faint", str(at))
        for at, value in enumerate(found.storage)
    )
    wide = 12
    rows = tuple(row[start : start + wide] for start in range(0, len(row), wide))
    return Grid(name, f"{of} in storage", f"{len(row)} × {found.bytes_each} bytes", rows)


def lies_grids(found: Lies) -> tuple[Grid, ...]:
    return values_grid("a", found, places=True), storage_grid("storage", found)


def shared_grids(found: Shared) -> tuple[Grid, ...]:
    """a, which can be clicked, its storage, b, and b's storage if it has one of its own."""
    changed = () if found.changed is None else (found.changed,)
    cells = tuple(found.a.cells[at] for at in changed)
    grids = [
        values_grid("a", found.a, lit=changed, places=True, live=True),
        storage_grid("storage_a", found.a, lit=cells),
    ]
    if found.b is not None:
        grids.append(values_grid("b", found.b, title=found.line, lit=found.follows, places=True))
        if not found.shares:
            grids.append(storage_grid("storage_b", found.b, "b"))
    return tuple(grids)


def broadcast_grids(found: Broadcast, step: int) -> tuple[Grid, ...]:
    """Step 0: as they are; 1: stretched, with what was copied in faint; 2: the result."""
    if step == 0 or found.stretched_a is None or found.stretched_b is None or found.result is None:
        return values_grid("a", found.a), values_grid("b", found.b)
    wide = (
        values_grid(
            "a",
            found.stretched_a,
            title=_wide("a", found.a, found.stretched_a),
            faint=_again(found.stretched_a),
        ),
        values_grid(
            "b",
            found.stretched_b,
            title=_wide("b", found.b, found.stretched_b),
            faint=_again(found.stretched_b),
        ),
    )
    return wide if step == 1 else (*wide, values_grid("result", found.result, title="a − b"))


def _wide(name: str, before: Lies, after: Lies) -> str:
    return name if before.shape == after.shape else f"{name}, stretched"


def _again(found: Lies) -> tuple[int, ...]:
    """The values whose cell of storage has been read before: nothing was copied for them."""
    return tuple(at for at, cell in enumerate(found.cells) if cell in found.cells[:at])


def indexed_grids(found: Indexed) -> tuple[Grid, ...]:
    grids = (values_grid("a", found.a, lit=found.lit),)
    return grids if found.result is None else (*grids, values_grid("result", found.result, title="a[…]"))


def product_grids(found: Product) -> tuple[Grid, ...]:
    """A row of a, a column of b, and the cell that they make, which can be clicked."""
    if found.result is None or not found.sum:
        whole = () if found.result is None else (values_grid("result", found.result, title="a @ b"),)
        return values_grid("a", found.a), values_grid("b", found.b), *whole
    wide_a, wide_b, wide = found.a.shape[1], found.b.shape[1], found.result.shape[1]
    row = range(found.row * wide_a, (found.row + 1) * wide_a)
    column = range(found.column, found.b.shape[0] * wide_b, wide_b)
    cell = (found.row * wide + found.column,)
    return (
        values_grid("a", found.a, lit=row),
        values_grid("b", found.b, second=column),
        values_grid("result", found.result, title="a @ b", lit=cell, live=True),
    )
