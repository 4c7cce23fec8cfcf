"""JSON from a disk that anything may have happened to: whatever is wrong with it is one ValueError."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

ODD = (TypeError, ValueError, ArithmeticError)  # of a value that is no number of ours, or too large for one
MOST_BYTES = 20_000_000  # a run of 2,000 points in each of twenty series takes two million


def read_json(path: Path) -> Any:
    """The content of a file. Raises OSError if it cannot be read, ValueError if it is none or too large."""
    return parse_json(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The content of a file of ours. Raises OSError, or ValueError if it is too large to be one."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES:,} bytes")
    return content


def parse_json(text: str | bytes, *, special: bool = False) -> Any:
    """What it says. Raises ValueError also for a depth that nobody writes, and, unless `special` numbers
    may be in it, for NaN and what is infinite.
    """
    try:
        if special:
            return json.loads(text)
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def count(value: Any) -> int:
    """A step or an epoch. Raises ValueError or TypeError if it is none."""
    number = int(value)
    if isinstance(value, bool) or not 0 <= number < 2**53:
        raise ValueError("it is no count")
    return number


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _refuse(text: str) -> float:
    raise ValueError(f"{text[:20]} is no number")
