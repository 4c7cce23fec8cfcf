"""Indexing and the matrix product, one cell at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from dlcore.tensors.values import Lies, lies, written


@dataclass(frozen=True)
class Indexed:
    """`lit` are the positions among a's values that the index reads."""

    a: Lies
    result: Lies | None
    lit: tuple[int, ...]
    shares: bool = False
    error: str = ""


def indexed(a: torch.Tensor, index: tuple[Any, ...]) -> Indexed:
    """a[index], by torch itself."""
    try:
        result = a[index]
    except (IndexError, RuntimeError) as error:
        return Indexed(lies(a), None, (), error=f"{type(error).__name__}: {error}".splitlines()[0])
    positions = torch.arange(a.numel()).reshape(a.shape)[index]
    shares = a.untyped_storage().data_ptr() == result.untyped_storage().data_ptr()
    return Indexed(lies(a), lies(result), tuple(sorted(set(positions.flatten().tolist()))), shares)


@dataclass(frozen=True)
class Product:
    """a @ b; of the cell looked at, its row, its column and the sum written out."""

    a: Lies
    b: Lies
    result: Lies | None = None
    row: int = 0
    column: int = 0
    sum: str = ""
    error: str = ""


def product(a: torch.Tensor, b: torch.Tensor, cell: int = 0) -> Product:
    """Of matrices; `cell` is counted row by row. What torch refuses, it says."""
    try:
        result = a @ b
    except RuntimeError as error:
        return Product(lies(a), lies(b), error=f"{type(error).__name__}: {error}".splitlines()[0])
    if a.dim() != 2 or b.dim() != 2:
        return Product(lies(a), lies(b), lies(result))
    cell = cell if 0 <= cell < result.numel() else 0
    row, column = divmod(cell, result.shape[1])
    pairs = zip(a[row].tolist(), b[:, column].tolist(), strict=True)
    terms = " + ".join(f"{_factor(left)}×{_factor(right)}" for left, right in pairs)
    return Product(
        lies(a), lies(b), lies(result), row, column, f"{terms} = {written(result[row, column].item())}"
    )


def _factor(value: float) -> str:
    return f"({written(value)})" if value < 0 else written(value)
