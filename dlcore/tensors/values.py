"""Values that anybody may type, and how a tensor lies in storage."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch

from dlcore.errors import ConfigError
from dlcore.words import short

MOST_SIGNS, MOST_CELLS, MOST_DIMS = 300, 36, 3
LARGEST = 1e9


def read_tensor(text: str, name: str = "a") -> torch.Tensor:
    """`torch.tensor` of nested lists of numbers. Raises ConfigError, one sentence, for anything else."""
    way_out = "write numbers in brackets, such as [[1, 2], [3, 4]]"
    if len(text) > MOST_SIGNS:
        raise ConfigError(f"{name} has {len(text):,} signs, at most {MOST_SIGNS} are read: {way_out}.")
    try:
        found = _plain(ast.parse(text.strip(), mode="eval").body, name, MOST_DIMS)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConfigError(f"{name} cannot be read: {way_out}. Got {short(text)} instead.") from None
    count = _count(found)
    if not 1 <= count <= MOST_CELLS:
        raise ConfigError(f"{name} must have 1 to {MOST_CELLS} numbers. Got {count} instead.")
    try:
        return torch.tensor(found)
    except (ValueError, TypeError, RuntimeError):
        raise ConfigError(f"The rows of {name} must be equally long: {way_out}.") from None


def _plain(tree: ast.expr, name: str, deep: int) -> Any:
    match tree:
        case ast.List(elts=parts):
            if deep == 0:
                raise ConfigError(f"{name} must have at most {MOST_DIMS} brackets inside each other.")
            return [_plain(part, name, deep - 1) for part in parts]
        case ast.Constant(value=int() | float() as value):  # True and False are of these
            if not abs(value) <= LARGEST:
                raise ConfigError(f"The numbers of {name} must be at most {LARGEST:,.0f}.")
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if type(value) in (int, float):
            return -_plain(tree.operand, name, deep)
    raise ConfigError(f"{name} holds numbers and brackets only. Got {short(ast.unparse(tree))} instead.")


def _count(found: Any) -> int:
    return sum(map(_count, found)) if isinstance(found, list) else 1


INDEX_PART = re.compile(
    r"-?\d{1,3}|(?:-?\d{1,3})?:(?:-?\d{1,3})?(?::\d{1,3})?|\[\s*-?\d{1,3}(?:\s*,\s*-?\d{1,3})*\s*\]"
)


def read_index(text: str) -> tuple[Any, ...]:
    """What stands between the brackets of `a[ ]`: numbers, slices, lists of numbers, commas in between.

    Raises ConfigError, one sentence, for anything else.
    """
    parts = [part.strip() for part in re.split(r",(?![^\[]*\])", text)]
    if not parts or len(parts) > MOST_DIMS or not all(INDEX_PART.fullmatch(part) for part in parts):
        raise ConfigError(
            f"An index is made of numbers, slices and lists, such as 0 or :, 1 or [0, 2]. "
            f"Got {short(text)} instead."
        )
    return tuple(_index_part(part) for part in parts)


def _index_part(part: str) -> Any:
    if part.startswith("["):
        return [int(number) for number in part[1:-1].split(",")]
    if ":" in part:
        numbers = [int(number) if number.strip() else None for number in part.split(":")]
        if len(numbers) == 3 and numbers[2] == 0:
            raise ConfigError("A slice must step by 1 or more. Got 0 instead.")
        return slice(*numbers)
    return int(part)


@dataclass(frozen=True)
class Lies:
    """How a tensor lies: `storage` cell by cell, and for each of its values the cell that holds it."""

    shape: tuple[int, ...]
    dtype: str
    strides: tuple[int, ...]
    offset: int
    contiguous: bool
    storage: tuple[str, ...]
    cells: tuple[int, ...]  # of each value, row by row
    values: tuple[str, ...]
    bytes_each: int

    @property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Positions among the values, in rows as they are printed."""
        wide = self.shape[-1] if self.shape else 1
        count = prod(self.shape)
        return tuple(tuple(range(start, start + wide)) for start in range(0, count, wide or 1))


def lies(tensor: torch.Tensor) -> Lies:
    """Read off torch, nothing is derived from the shape alone."""
    storage = tensor.untyped_storage()
    whole = torch.empty(0, dtype=tensor.dtype).set_(storage)
    places = torch.arange(len(whole)).as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
    return Lies(
        shape=tuple(tensor.shape),
        dtype=str(tensor.dtype),
        strides=tuple(tensor.stride()),
        offset=int(tensor.storage_offset()),
        contiguous=tensor.is_contiguous(),
        storage=tuple(map(written, whole.tolist())),
        cells=tuple(places.flatten().tolist()),
        values=tuple(map(written, tensor.flatten().tolist())),
        bytes_each=tensor.element_size(),
    )


def written(value: float | bool) -> str:
    """A value in its cell: 3, 0.5, True."""
    return str(value) if isinstance(value, (bool, int)) else f"{value:.4g}"


def said_shape(shape: Sequence[int]) -> str:
    """As torch says it: (3,) and (2, 3)."""
    return str(tuple(shape))
