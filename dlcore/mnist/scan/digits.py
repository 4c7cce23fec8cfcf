"""Which marks are a digit, which are dirt or the edge of something, and how many digits there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlcore.errors import UploadError
from dlcore.mnist.scan.blobs import is_blob
from dlcore.mnist.scan.light import Lit
from dlcore.mnist.scan.marks import Marks, find_marks

Ink = NDArray[np.uint8]

CONTRAST = 20  # of 255: ink must stand out from its paper by this much
FAINT = 0.22  # of the ink's core: what belongs to a mark
STRONG = 0.55  # of the ink's core: what a mark must have somewhere
DIRT = 0.015  # of the largest mark's area
ALONG = 0.9  # of a side covered: an edge of the paper, no stroke
ACROSS = 0.97  # of the picture, by a line thinner than HAIR of it: no stroke either
HAIR = 0.03
SMALL = 0.4  # of the largest mark: a part of a digit, not a digit
NEAR = 0.25  # of the largest mark: where its detached parts lie
APART = 0.02  # of the largest mark: the least gap between two digits
FLAT = 0.35  # of the largest mark: what lies over a digit is its bar
MANY = 12  # digits: a text or a texture
NOTHING = "This picture shows no digit that stands out; use one dark digit on plain light paper."


@dataclass(frozen=True)
class Alone:
    """One digit by itself: its ink (H, W), 0 for paper and 255 for ink, and its extent."""

    ink: Ink
    top: int
    bottom: int
    left: int
    right: int

    @property
    def solid(self) -> bool:
        """Does it fill its rectangle, as a bar does?"""
        return bool((self.ink[self.top : self.bottom, self.left : self.right] > 127).mean() > 0.75)

    @property
    def wide(self) -> float:
        return (self.right - self.left) / (self.bottom - self.top)


def find_digits(lit: Lit) -> tuple[Alone, ...]:
    """Every digit of a picture, from left to right, each alone on its sheet.

    Raises UploadError if nothing stands out.
    """
    core = _core(lit)
    if core < lit.floor + CONTRAST:
        raise UploadError(NOTHING)
    marks = find_marks(lit.ink > max(lit.floor, FAINT * core))
    strong = np.bincount(marks.labels.ravel(), (lit.ink > STRONG * core).ravel(), marks.area.size)
    kept = [n for n in marks.numbers if strong[n]]
    kept = _without_edges(marks, kept, cropped=lit.cropped)
    if not kept:
        raise UploadError(NOTHING)
    kept = [n for n in kept if marks.area[n] >= DIRT * marks.area[kept[0]]]
    groups = [group for group in _groups(marks, kept) if not _blob(marks, group)]
    if not groups or len(groups) > MANY:
        raise UploadError(NOTHING)
    drawn = np.clip((lit.ink - lit.floor) / (core - lit.floor), 0, 1)
    found = [_alone(marks, group, drawn) for group in groups]
    return tuple(sorted(found, key=lambda one: (one.left, one.top)))


def _blob(marks: Marks, group: list[int]) -> bool:
    height = max(marks.bottom[group]) - min(marks.top[group])
    width = max(marks.right[group]) - min(marks.left[group])
    return is_blob(marks.mask(group), int(height), int(width))


def _core(lit: Lit) -> float:
    """How dark the inside of a stroke is."""
    strokes = lit.ink[lit.ink > lit.floor]
    if not strokes.size:
        return 0.0
    strokes = strokes[strokes > 0.3 * np.percentile(strokes, 99)]
    return float(np.percentile(strokes, 75))


def _without_edges(marks: Marks, numbers: list[int], *, cropped: bool) -> list[int]:
    """Without lines across the picture, and without the marks that run along a whole side of it.

    A picture cropped to its ink may have no others: then those that go from side to side both ways.
    """
    borders = (marks.labels[0], marks.labels[-1], marks.labels[:, 0], marks.labels[:, -1])
    along = np.max([np.bincount(b, minlength=marks.area.size) / b.size for b in borders], axis=0)
    high, wide = marks.labels.shape
    across = (marks.width >= ACROSS * wide) & (marks.height < HAIR * high)
    across |= (marks.height >= ACROSS * high) & (marks.width < HAIR * wide)
    numbers = [n for n in numbers if not across[n]]
    inner = [n for n in numbers if along[n] < ALONG]
    if inner and (not cropped or marks.area[inner[0]] > 0.03 * marks.area[numbers[0]]):
        return inner
    whole = (marks.width >= 0.9 * wide) & (marks.height >= 0.9 * high)
    return [n for n in numbers if whole[n]] if cropped else inner


def _groups(marks: Marks, numbers: list[int]) -> list[list[int]]:
    """Marks that are one digit together. Small ones far from all others are dirt."""
    if not numbers:
        return []
    extent = np.maximum(marks.height, marks.width)
    scale = float(max(extent[n] for n in numbers))
    large = [n for n in numbers if extent[n] >= SMALL * scale]
    groups: list[list[int]] = []
    for n in large:
        mine = [g for g in groups if any(_one_digit(marks, n, other, scale) for other in g)]
        groups = [g for g in groups if g not in mine] + [[n, *(m for g in mine for m in g)]]
    for n in numbers:
        if n not in large:
            gap, nearest = min(((_gap(marks, n, g[0]), i) for i, g in enumerate(groups)), default=(0, 0))
            if gap <= NEAR * scale:
                groups[nearest].append(n)
    return groups


def _one_digit(marks: Marks, n: int, m: int, scale: float) -> bool:
    """Are these two large marks strokes of one digit, and not two digits?"""
    beside = max(marks.left[n], marks.left[m]) - min(marks.right[n], marks.right[m])
    over = max(marks.top[n], marks.top[m]) - min(marks.bottom[n], marks.bottom[m])
    if beside > APART * scale:
        return False
    flat = min(marks.height[n], marks.height[m]) < FLAT * scale
    return bool(over <= (NEAR if flat else APART) * scale)


def _gap(marks: Marks, n: int, m: int) -> int:
    """Pixels between two marks' rectangles."""
    beside = max(marks.left[n], marks.left[m]) - min(marks.right[n], marks.right[m])
    over = max(marks.top[n], marks.top[m]) - min(marks.bottom[n], marks.bottom[m])
    return max(0, int(beside), int(over))


def _alone(marks: Marks, group: list[int], drawn: NDArray[np.float64]) -> Alone:
    """The ink in and right around these marks; its faint fringe belongs to no mark.

    A digit fainter than other marks of the picture is as dark as they are, once it stands alone.
    """
    top, left = min(marks.top[group]), min(marks.left[group])
    bottom, right = max(marks.bottom[group]), max(marks.right[group])
    fringe = 2 + max(bottom - top, right - left) // 30
    rows = slice(max(0, top - fringe), bottom + fringe)
    columns = slice(max(0, left - fringe), right + fringe)
    labels = marks.labels[rows, columns]
    ink = np.zeros_like(drawn)
    ink[rows, columns] = np.where((labels == 0) | np.isin(labels, group), drawn[rows, columns], 0)
    ink = np.rint(255 * ink / ink.max()).astype(np.uint8)
    return Alone(ink, int(top), int(bottom), int(left), int(right))
