"""The letters A to J as a program draws them with an unsteady hand: ten classes that nobody wrote.

Each letter is a few strokes through points that are moved by chance. It is turned, slanted and narrowed by
chance too, drawn with a pen of some width, fitted into 20 × 20 pixels and put with its centre of mass in the
middle of 28 × 28, as MNIST's digits are. The files in assets/letters were made here, once: `write_letters`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dlcore.datasets.idx import idx_files

FOLDER = Path(__file__).parent / "assets" / "letters"
TRAIN, TEST, SEED = 5_000, 1_000, 0
SIDE, BOX, FINER = 28, 20, 4  # pixels of an image, of the letter in it, drawn so many times as fine
WOBBLE, BOW = 0.075, 0.05  # of a letter's height: deviation of a stroke's points, of the middles between them
TURN, SLANT = 0.16, 0.22  # radians, and share of the height: deviations

Point = tuple[float, float]  # from the upper left corner, right and down, in heights of the letter
# Strokes of straight lines, and round ones through their points.
LINES: Mapping[str, Sequence[Sequence[Point]]] = {
    "A": [[(0, 1), (0.45, 0)], [(0.45, 0), (0.9, 1)], [(0.18, 0.62), (0.72, 0.62)]],
    "B": [[(0, 0), (0, 1)]],
    "C": [],
    "D": [[(0, 0), (0, 1)]],
    "E": [[(0, 0), (0, 1)], [(0, 0), (0.7, 0)], [(0, 0.5), (0.6, 0.5)], [(0, 1), (0.7, 1)]],
    "F": [[(0, 0), (0, 1)], [(0, 0), (0.7, 0)], [(0, 0.48), (0.6, 0.48)]],
    "G": [[(0.85, 0.58), (0.5, 0.58)]],
    "H": [[(0, 0), (0, 1)], [(0.75, 0), (0.75, 1)], [(0, 0.5), (0.75, 0.5)]],
    "I": [[(0.3, 0), (0.3, 1)]],
    "J": [],
}
ROUND: Mapping[str, Sequence[Sequence[Point]]] = {
    "B": [
        [(0, 0), (0.5, 0.03), (0.62, 0.24), (0.45, 0.46), (0, 0.5)],
        [(0, 0.5), (0.55, 0.53), (0.7, 0.75), (0.55, 0.97), (0, 1)],
    ],
    "C": [[(0.8, 0.14), (0.45, 0), (0.05, 0.3), (0.05, 0.7), (0.45, 1), (0.8, 0.86)]],
    "D": [[(0, 0), (0.5, 0.06), (0.78, 0.5), (0.5, 0.94), (0, 1)]],
    "G": [[(0.8, 0.14), (0.45, 0), (0.05, 0.3), (0.05, 0.7), (0.45, 1), (0.82, 0.86), (0.85, 0.58)]],
    "J": [[(0.6, 0), (0.6, 0.4), (0.58, 0.8), (0.3, 1), (0, 0.8)]],
}
SERIFS: Mapping[str, Sequence[Sequence[Point]]] = {  # that half of the hands draw
    "I": [[(0.05, 0), (0.55, 0)], [(0.05, 1), (0.55, 1)]],
    "J": [[(0.3, 0), (0.85, 0)]],
}
NAMES = tuple(LINES)


def make_letters(
    count: int, seed: int, first: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (count, 28, 28), 255 = ink, and labels (count,): each letter equally likely.

    Or only the `first` ones of so many.
    """
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, len(NAMES), count).astype(np.uint8)[:first]
    return np.stack([_letter(NAMES[label], draw) for label in labels]), labels


def _letter(name: str, draw: np.random.Generator) -> NDArray[np.uint8]:
    """(28, 28)"""
    serifs = SERIFS.get(name, ()) if draw.random() < 0.5 else ()
    strokes = [_bent(np.array(points, float), draw) for points in (*LINES[name], *serifs)]
    strokes += [_moved(np.array(points, float), draw) for points in ROUND.get(name, ())]
    turn, slant, wide = draw.normal(0, TURN), draw.normal(0, SLANT), draw.uniform(0.65, 1.15)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    how = turned @ np.array([[wide, -slant], [0, 1]])
    pen = draw.uniform(1.6, 3.4)
    return _drawn([_smooth(points) @ how.T for points in strokes], pen)


def _moved(points: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    return points + draw.normal(0, WOBBLE, points.shape)


def _bent(points: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    """A straight stroke as a hand draws it: its ends moved, its middle beside the line."""
    first, last = _moved(points, draw)
    return np.stack([first, (first + last) / 2 + draw.normal(0, BOW, 2), last])


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line through the points, eight pieces between two of them (Catmull and Rom 1974)."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 9)[:, None]
    pieces = []
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        a, b = 2 * before - 5 * start + 4 * end - after, -before + 3 * start - 3 * end + after
        pieces.append((2 * start + (end - before) * t + a * t**2 + b * t**3) / 2)
    return np.concatenate(pieces)


def _drawn(strokes: Sequence[NDArray[np.float64]], pen: float) -> NDArray[np.uint8]:
    """Fitted into its box, drawn, made small, its centre of mass put in the middle."""
    everything = np.concatenate(strokes)
    low, high = everything.min(0), everything.max(0)
    scale = (BOX - pen) / max(high - low)
    sheet = Image.new("L", (SIDE * FINER, SIDE * FINER))
    draw, half = ImageDraw.Draw(sheet), pen * FINER / 2
    for points in strokes:
        on_sheet = ((points - (low + high) / 2) * scale + SIDE / 2) * FINER
        draw.line([*map(tuple, on_sheet)], fill=255, width=round(2 * half), joint="curve")
        for x, y in on_sheet[[0, -1]]:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
    image = np.asarray(sheet.reduce(FINER))
    rows, columns = np.indices(image.shape)
    middle = [(axis * image.astype(float)).sum() / image.sum() for axis in (rows, columns)]
    shift = [round((SIDE - 1) / 2 - where) for where in middle]
    return np.roll(image, shift, (0, 1))  # it wraps nothing: four pixels are free on every side


def write_letters(folder: Path = FOLDER) -> None:
    """The four files in MNIST's format, and the classes' names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in idx_files(make_letters(TRAIN, SEED), make_letters(TEST, SEED + 1)).items():
        (folder / name).write_bytes(content)
    (folder / "classes.txt").write_text("\n".join(NAMES) + "\n", encoding="utf-8")
