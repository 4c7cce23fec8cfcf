"""The playground in words."""

from __future__ import annotations

from collections.abc import Mapping

INPUT_NAMES: Mapping[str, str] = {
    "x1": "x₁",
    "x2": "x₂",
    "x1x1": "x₁²",
    "x2x2": "x₂²",
    "x1x2": "x₁x₂",
    "sin_x1": "sin x₁",
    "sin_x2": "sin x₂",
}
