"""Shadows, stains and the dark half of a picture are no strokes: they are thick, and seldom a clean bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

THICK = 0.31  # of the longer side; the widest strokes of MNIST have 0.22
BAR = 0.9  # of its rectangle is filled: a thick 1, or something drawn with a ruler
CORNERS = 0.55  # of its rectangle is filled, in a picture that it fills from corner to corner
WHOLE = 0.97  # of the picture's height and width


def is_blob(mask: Mask, height: int, width: int) -> bool:
    """Is this mark (H, W), so high and wide, something else than strokes?"""
    longer, filled = max(height, width), float(mask.sum()) / (height * width)
    if filled > BAR:
        return False
    if stroke_width(mask) > THICK * longer:
        return True
    corners = int(mask[0, 0]) + int(mask[0, -1]) + int(mask[-1, 0]) + int(mask[-1, -1])
    # Bold ink that was cropped tightly fills one of them too; a shade that goes from side to side fills more.
    tight = height >= WHOLE * mask.shape[0] and width >= WHOLE * mask.shape[1]
    return corners > int(tight) and filled > CORNERS and min(height, width) > 0.45 * longer


def stroke_width(mask: Mask) -> float:
    """Pixels: area over half the outline."""
    outline = sum(int((np.diff(np.pad(mask, 1).astype(np.int8), axis=axis) != 0).sum()) for axis in (0, 1))
    return 2 * float(mask.sum()) * 1.2 / max(outline, 1)  # leaning outlines are counted longer
