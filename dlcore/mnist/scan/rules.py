"""Lines that cross the whole picture, as on lined and squared paper, are taken out of the ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float64]

LEAST = 48  # pixels: on a smaller picture strokes are as thin as lines
PARTS = 24  # of a row, so short that a leaning line stays level in each
BLOCKS = 6  # a line is seen in each of so many longer parts
EVERYWHERE = 0.8  # of the parts hold a piece of a line, or there is none
SLOPES = np.linspace(-0.08, 0.08, 49)  # about 5 degrees either way
THICKEST = 0.025  # of the side that lines are counted along
PALE = 0.7  # of the ink: as dark a line alone is a stroke


def without_rules(ink: Ink, floor: float) -> Ink:
    """`ink` (H, W) without its level lines, then without its upright ones."""
    return _without_level(_without_level(ink, floor).T, floor).T


def _without_level(ink: Ink, floor: float) -> Ink:
    height, width = ink.shape
    if min(height, width) < LEAST or ((_parts(ink) > 0.6 * floor).any(axis=0)).mean() < EVERYWHERE:
        return ink
    columns = np.arange(width) - width / 2
    reach = int(np.ceil(SLOPES[-1] * width / 2)) + 1
    wider = np.pad(ink, ((reach, reach), (0, 0)), constant_values=np.inf)  # nothing is known there
    parts = _parts(wider)  # (H, parts)
    centres = (np.arange(PARTS) + 0.5) * (width // PARTS) - width / 2
    slope = SLOPES[
        (_strengths(_moved(parts.astype(np.float32), np.outer(SLOPES, centres))) ** 2).sum(axis=1).argmax()
    ]
    level = _moved(wider, slope * columns)
    strength = _strengths(_parts(level))
    strong = 0.45 * float(np.percentile(ink, 99.5))
    lines = _lines(strength, floor, strong)
    if not lines.any():
        return ink
    lines |= np.roll(lines, 1) | np.roll(lines, -1)
    level = np.where(lines[:, None] & ~_crossed(level, lines, strong), 0, level)
    return _moved(level, -slope * columns)[reach:-reach]


def _crossed(level: Ink, lines: NDArray[np.bool_], strong: float) -> NDArray[np.bool_]:
    """The pixels of lines that are strokes too: the stroke goes on above or below the line."""
    stroke = (level > strong) & ~lines[:, None]
    crossed = np.zeros_like(stroke)
    for away in range(1, 1 + _thickest(lines)):
        crossed[away:] |= stroke[:-away]
        crossed[:-away] |= stroke[away:]
    return crossed & (level > 0.5 * strong)


def _moved(ink: Ink, by: Ink) -> Ink:
    """`ink` (H, W), each column moved up by so many pixels (…, W): leaning lines lie level, (…, H, W)."""
    height, width = ink.shape
    rows = np.arange(height)[:, None] + np.rint(by).astype(int)[..., None, :]
    beyond = (rows < 0) | (rows >= height)
    rows[beyond] = 0
    taken: Ink = ink.ravel()[rows * width + np.arange(width)]
    taken[beyond] = np.inf
    return taken


def _parts(ink: Ink) -> Ink:
    """(H, PARTS): the median of each part of each row; a leaning line stays in its row that long."""
    size = ink.shape[1] // PARTS
    parts = ink[:, : size * PARTS].reshape(len(ink), PARTS, size)
    medians: Ink = np.partition(parts, size // 2, axis=2)[:, :, size // 2]
    return medians


def _strengths(parts: Ink) -> Ink:
    """How dark the line in each row is, (…, H): the least of the medians of six longer parts, but one."""
    longer = parts.reshape(*parts.shape[:-1], BLOCKS, PARTS // BLOCKS)
    strength = _second(_second(longer)).clip(min=0)
    strength[np.isinf(strength)] = 0
    return strength


def _second(values: Ink) -> Ink:
    """The least but one along the last axis, which is short."""
    least = np.minimum(values[..., 0], values[..., 1])
    second: Ink = np.maximum(values[..., 0], values[..., 1])
    for n in range(2, values.shape[-1]):
        second = np.minimum(second, np.maximum(least, values[..., n]))
        least = np.minimum(least, values[..., n])
    return second


def _lines(strength: Ink, floor: float, strong: float) -> NDArray[np.bool_]:
    """The rows that hold lines: thin, and paler than the ink or many."""
    rows = strength > 0.6 * floor
    lines = np.zeros(rows.size, bool)
    runs = [(a, b) for a, b in _runs(rows) if b - a <= max(2, THICKEST * rows.size)]
    for a, b in runs:
        if len(runs) >= 3 or strength[a:b].max() < PALE * strong / 0.45:
            lines[a:b] = True
    return lines


def _thickest(lines: NDArray[np.bool_]) -> int:
    return max(int(b - a) for a, b in _runs(lines))


def _runs(rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(runs, 2): where each run of True begins and ends."""
    return np.flatnonzero(np.diff(np.concatenate([[0], rows, [0]]).astype(int))).reshape(-1, 2)
