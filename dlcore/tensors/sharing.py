"""View or copy: whether what is made of a tensor looks at the same storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from dlcore.tensors.config import SHARES
from dlcore.tensors.values import Lies, lies

CHANGED = 99  # what is written into a cell; 0 if this stands there

MAKE: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "t": lambda a: a.t(),
    "view": lambda a: a.view(-1),
    "slice": lambda a: a[:, ::2],
    "index": lambda a: a[[0]],
    "reshape": lambda a: a.reshape(-1),
    "reshape_t": lambda a: a.t().reshape(-1),
    "contiguous": lambda a: a.t().contiguous(),
}


@dataclass(frozen=True)
class Shared:
    """`a` and `b` after a cell of `a` was changed, if one was; `follows`: which values of `b` changed too."""

    line: str
    a: Lies
    b: Lies | None
    shares: bool
    changed: int | None
    follows: tuple[int, ...]
    error: str = ""


def share(a: torch.Tensor, how: str, changed: int | None = None) -> Shared:
    """Make `b` of `a`, then write into the value of `a` at this position. What torch refuses, it says."""
    a = a.clone()
    line = f"b = {SHARES[how]}"
    try:
        b = MAKE[how](a)
    except (RuntimeError, IndexError) as error:
        return Shared(
            line, lies(a), None, False, None, (), f"{type(error).__name__}: {error}".splitlines()[0]
        )
    before = b.flatten().tolist()
    if changed is not None and 0 <= changed < a.numel():
        cell = a.view(-1)[changed]
        stood = cell.clone()
        cell.fill_(CHANGED)
        if cell == stood:  # True is every number but 0
            cell.fill_(0)
    else:
        changed = None
    follows = tuple(
        i for i, (was, now) in enumerate(zip(before, b.flatten().tolist(), strict=True)) if was != now
    )
    shares = a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
    return Shared(line, lies(a), lies(b), shares, changed, follows)
