"""A figure as it travels: numbers as float32 in base64, no template."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.projector import enlarged

SHORTEST = 8  # shorter lists are as short in plain JSON


def payload(figure: go.Figure, *, large: bool = False) -> dict[str, Any]:
    """`data` and `layout` for Plotly.react; `large` for a projector. Missing numbers (None) become gaps."""
    plain = enlarged(figure.to_dict()) if large else figure.to_dict()
    layout = {name: value for name, value in plain.get("layout", {}).items() if name != "template"}
    return {"data": [_packed(trace) for trace in plain["data"]], "layout": layout}


def _packed(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "bdata" in value:
            return _narrowed(value)
        return {name: _packed(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        array = _numbers(value)
        return [_packed(inner) for inner in value] if array is None else _typed(array)
    return value


def _numbers(values: list[Any] | tuple[Any, ...]) -> NDArray[np.float32] | None:
    """A list of numbers, or of equally long lists of numbers; None for anything else."""
    rows = isinstance(values[0], (list, tuple)) if values else False
    if len(values) < SHORTEST and not (rows and len(values) * len(values[0]) >= SHORTEST):
        return None
    flat = [number for row in values for number in row] if rows else values
    if rows and len({len(row) for row in values}) > 1:
        return None
    if not all(number is None or type(number) in (int, float) for number in flat):
        return None
    return np.array(values, dtype=np.float32)


def _narrowed(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """A typed array of plotly's own, float64 made float32."""
    if spec["dtype"] != "f8":
        return spec
    array = np.frombuffer(base64.b64decode(spec["bdata"]), dtype=np.float64).astype(np.float32)
    return {**spec, "dtype": "f4", "bdata": base64.b64encode(array.tobytes()).decode()}


def _typed(array: NDArray[np.float32]) -> dict[str, Any]:
    shape = {"shape": ", ".join(map(str, array.shape))} if array.ndim > 1 else {}
    return {"dtype": "f4", "bdata": base64.b64encode(array.tobytes()).decode(), **shape}
