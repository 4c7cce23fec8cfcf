"""A sheet on a desk is found, cut out and straightened: the largest bright quadrilateral."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.mnist.scan.histogram import splits
from dlcore.mnist.scan.marks import Mask, find_marks

Grey = NDArray[np.float64]
Line = tuple[float, float]  # offset and slope

SEARCHED = 200  # pixels on the longer side of the picture that is searched
SMALLEST = 64  # pixels on the shorter side: a smaller picture is no photo of a desk
LEAST = 0.1  # of the picture is the sheet
FILLED = 0.6  # of the sheet is bright: the rest may be ink
BEYOND = 0.2  # of what lies around it may be as bright
STEEP = 0.36  # a side leans at most this much: 20 degrees
STEP = 18  # grey levels from the desk to the sheet
SHARP = 9  # grey levels at least, right across each of its sides: a shade deepens slowly
STRAIGHT = 0.75  # of a side's points lie on its line


def straightened(grey: Grey) -> Grey | None:
    """The sheet alone, (h, w), if a desk is seen around it or at some of its sides."""
    if min(grey.shape) < SMALLEST:
        return None
    scale = max(1.0, max(grey.shape) / SEARCHED)
    size = (max(8, round(grey.shape[1] / scale)), max(8, round(grey.shape[0] / scale)))
    picture = Image.fromarray(grey.astype(np.float32))
    small = np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=np.float64)
    for level in splits(small):
        corners = _sheet(small, level)
        if corners is not None:
            factor = np.array([grey.shape[1] / size[0], grey.shape[0] / size[1]])
            return _cut(picture, corners * factor)
    return None


def _sheet(small: Grey, level: float) -> Grey | None:
    """The corners (4, 2) as x, y, from the upper left against the clock, of what is brighter than `level`."""
    marks = find_marks(small > level)
    if not marks.numbers:
        return None
    largest = marks.numbers[0]
    if marks.area[largest] < LEAST * small.size:
        return None
    mask = marks.mask([largest])
    corners = _corners(mask)
    if corners is None:
        return None
    inside = _inside(small.shape, corners)
    if inside.sum() < LEAST * small.size or mask[inside].mean() < FILLED:
        return None
    outside = ~_inside(small.shape, _grown(corners, 1.5))
    if outside.sum() < 0.004 * small.size or (small[outside] > level).mean() > BEYOND:
        return None
    if np.median(small[inside & mask]) - np.median(small[outside]) < STEP:
        return None
    return corners if _is_sharp(small, corners) else None


def _is_sharp(small: Grey, corners: Grey) -> bool:
    """Does the brightness step down right at each side that lies within the picture?"""
    height, width = small.shape
    along = np.linspace(0.1, 0.9, 33)[:, None]
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        line = end - start
        inwards = np.array([line[1], -line[0]]) / np.hypot(*line)
        points = start + along * line
        within, beyond = (np.floor(points + away * inwards).astype(int) for away in (2, -2))
        inside = ((within >= 0) & (beyond >= 0)).all(axis=1)
        inside &= ((within < (width, height)) & (beyond < (width, height))).all(axis=1)
        if inside.mean() < 0.5:
            continue
        (x, y), (far_x, far_y) = within[inside].T, beyond[inside].T
        if np.median(small[y, x] - small[far_y, far_x]) < SHARP:
            return False
    return True


def _corners(mask: Mask) -> Grey | None:
    """Where the four sides of a mark meet, if each is straight."""
    if (left := _side(mask)) is None or (right := _side(mask[:, ::-1])) is None:
        return None
    if (top := _side(mask.T)) is None or (bottom := _side(mask.T[:, ::-1])) is None:
        return None
    height, width = mask.shape
    right = (width - right[0], -right[1])
    bottom = (height - bottom[0], -bottom[1])
    return np.array([_meet(left, top), _meet(left, bottom), _meet(right, bottom), _meet(right, top)])


def _side(mask: Mask) -> Line | None:
    """The left side of a mark: x = offset + slope × y, through its leftmost pixels of most rows."""
    rows = np.flatnonzero(mask.any(axis=1))
    rows = rows[int(0.12 * rows.size) : int(np.ceil(0.88 * rows.size))]
    if rows.size < 8:
        return None
    place = mask[rows].argmax(axis=1).astype(float)
    centre = rows + 0.5
    kept = np.arange(rows.size)
    for _ in range(6):
        y, x = centre[kept], place[kept]
        middle = y.sum() / y.size
        apart = y - middle
        slope = (apart @ x) / (apart @ apart)
        offset = x.sum() / x.size - slope * middle
        distance = abs(offset + slope * centre - place)
        kept = np.argsort(distance, kind="stable")[: max(4, int(0.7 * rows.size))]
    if abs(slope) > STEEP or (distance < 2).mean() < STRAIGHT:
        return None
    return float(offset), float(slope)


def _meet(upright: Line, level: Line) -> tuple[float, float]:
    """x = a + b y and y = c + d x."""
    (a, b), (c, d) = upright, level
    x = (a + b * c) / (1 - b * d)
    return x, c + d * x


def _inside(shape: tuple[int, ...], corners: Grey) -> Mask:
    """The pixels (H, W) within a convex quadrilateral: in each row from its left sides to its right ones."""
    y, x = np.arange(shape[0]) + 0.5, np.arange(shape[1]) + 0.5
    first, last = np.full(shape[0], -np.inf), np.full(shape[0], np.inf)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 == y0:
            first[(x1 - x0) * (y - y0) > 0] = np.inf
            continue
        side = x0 + (x1 - x0) / (y1 - y0) * (y - y0)
        if y1 > y0:
            np.maximum(first, side, out=first)
        else:
            np.minimum(last, side, out=last)
    inside: Mask = (x >= first[:, None]) & (x <= last[:, None])
    return inside


def _grown(corners: Grey, by: float) -> Grey:
    """Each corner so many pixels farther out, down or up and left or right."""
    return corners + by * np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]])


def _cut(picture: Image.Image, corners: Grey) -> Grey:
    """The sheet as a rectangle, a little inside its edges."""
    bounds = np.array(picture.size, dtype=float)
    inset = 0.008 * max(picture.size) + 1
    corners = _grown(corners.clip(0, bounds), -inset)
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)  # left, bottom, right, top
    size = (max(8, round((sides[1] + sides[3]) / 2)), max(8, round((sides[0] + sides[2]) / 2)))
    quad = tuple(float(value) for value in corners.ravel())
    cut = picture.transform(size, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    return np.asarray(cut, dtype=np.float64)
