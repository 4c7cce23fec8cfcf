"""Strokes far thinner than those of MNIST are drawn thicker, or shrinking would lose them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlcore.mnist.scan.blobs import stroke_width
from dlcore.mnist.scan.digits import Alone

Ink = NDArray[np.uint8]

THIN = 0.065  # of the digit's longer side
USUAL = 0.1  # that MNIST's own strokes have


def thickened(digit: Alone) -> Ink:
    """The ink (H, W) with strokes of at least a usual width."""
    size = max(digit.bottom - digit.top, digit.right - digit.left)
    width = stroke_width(digit.ink > 127)
    if width >= THIN * size:
        return digit.ink
    reach = round((USUAL * size - width) / 2)
    return _grown(digit.ink, reach)


def _grown(ink: Ink, reach: int) -> Ink:
    """Every pixel is the darkest within reach: of a cross and a square in turns, nearly a disc."""
    grown = np.pad(ink, reach)
    for step in range(reach):
        over = np.maximum(np.maximum(grown[:-2], grown[1:-1]), grown[2:])
        wide = over if step % 2 else grown[1:-1]
        grown = np.maximum(np.maximum(wide[:, :-2], wide[:, 2:]), over[:, 1:-1])
        grown = np.pad(grown, 1)
    return grown[reach:-reach, reach:-reach] if reach else grown
