"""Broadcasting step by step: shapes aligned from the right, axes of length 1 stretched."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from dlcore.tensors.values import Lies, lies


@dataclass(frozen=True)
class Axis:
    """From the right. None: the shape has no such axis; torch puts a 1 there."""

    a: int | None
    b: int | None

    @property
    def result(self) -> int | None:
        """None if they do not go together."""
        left, right = self.a or 1 if self.a is None else self.a, 1 if self.b is None else self.b
        if left == right or right == 1:
            return left
        return right if left == 1 else None

    @property
    def words(self) -> str:
        if self.result is None:
            return "neither is 1: they do not go together"
        stretched = [name for name, size in (("a", self.a), ("b", self.b)) if (size or 1) == 1 != self.result]
        return f"{stretched[0]} is stretched to {self.result}" if stretched else "equal"


@dataclass(frozen=True)
class Broadcast:
    """a − b: both as they lie, both stretched, the result; or torch's refusal."""

    a: Lies
    b: Lies
    axes: tuple[Axis, ...]  # the last axis first
    stretched_a: Lies | None = None
    stretched_b: Lies | None = None
    result: Lies | None = None
    squares: float | None = None  # the mean square of the result
    error: str = ""

    @property
    def stretches(self) -> bool:
        return self.result is not None and (
            self.result.shape != self.a.shape or self.result.shape != self.b.shape
        )


def broadcast(a: torch.Tensor, b: torch.Tensor) -> Broadcast:
    """Of a − b, by torch itself."""
    deep = max(a.dim(), b.dim())
    sides = [tuple(reversed(t.shape)) + (None,) * (deep - t.dim()) for t in (a, b)]
    axes = tuple(Axis(left, right) for left, right in zip(*sides, strict=True))
    try:
        wide_a, wide_b = torch.broadcast_tensors(a, b)
        result = a - b
    except RuntimeError as error:
        return Broadcast(lies(a), lies(b), axes, error=f"RuntimeError: {error}".splitlines()[0])
    squares = (result.double() ** 2).mean().item()
    return Broadcast(lies(a), lies(b), axes, lies(wide_a), lies(wide_b), lies(result), squares)
