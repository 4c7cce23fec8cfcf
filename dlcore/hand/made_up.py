"""A hand that nobody has: strokes warped in one consistent way, so that everybody can try at once.

What a hand does it does in every drawing: how it leans, squeezes, turns, bows and hooks its strokes, and
which form of a digit it writes. Beside that each drawing wobbles a little, as a pen does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dlcore.hand.drawings import WANTED, Drawing, Hand
from dlcore.hand.glyphs import GLYPHS, Stroke
from dlcore.mnist.canvas import to_digit

SIDE, PEN = 280, 20  # pixels of the canvas and its pen
HEIGHT = 190  # of a digit on it
FINE = 12  # points of a curve between two of its stroke
ODD = (7, 49, 31, 47, 27, 20, 9, 38)  # of the first 60 hands, some of which much is misread
WOBBLE = 0.025  # of the field, each point of a stroke

Points = NDArray[np.float64]  # (N, 2): x, y


@dataclass(frozen=True)
class Style:
    """How a hand writes. Lengths are shares of a digit's height."""

    forms: tuple[int, ...]  # which form of each digit
    slant: float  # how far the top leans to the right
    width: float
    turn: float  # radians, clockwise
    bow: float  # how far the middle bends to the left
    hook: float  # how long the curl is at the end of each stroke


def style_of(seed: int) -> Style:
    """The hand of this number."""
    rng = np.random.default_rng([seed, 0])
    return Style(
        forms=tuple(int(rng.integers(len(GLYPHS[digit]))) for digit in range(10)),
        slant=float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.9)),
        width=float(rng.uniform(0.4, 1.2)),
        turn=float(rng.uniform(-0.35, 0.35)),
        bow=float(rng.uniform(-0.25, 0.25)),
        hook=float(rng.uniform(0.0, 0.3)),
    )


def made_up_hand(seed: int, count: int = WANTED) -> Hand:
    """The first `count` drawings of a hand, digit after digit; more begin with the same ones."""
    style = style_of(seed)
    wobbles = (np.random.default_rng([seed, 1 + index]) for index in range(count))
    return tuple(_drawing(style, index % 10, rng) for index, rng in enumerate(wobbles))


def _drawing(style: Style, digit: int, rng: np.random.Generator) -> Drawing:
    strokes = [_warped(stroke, style, rng) for stroke in GLYPHS[digit][style.forms[digit]]]
    return Drawing(digit, to_digit(_ink(strokes)))


def _warped(stroke: Stroke, style: Style, rng: np.random.Generator) -> Points:
    """The line of a stroke as this hand draws it, in shares of the digit's height around its middle."""
    points = np.array(stroke.points) + rng.normal(0, WOBBLE, (len(stroke.points), 2))
    line = _hooked(_through(points) if stroke.curved else points, style.hook)
    x, y = style.width * (line[:, 0] - 0.5), line[:, 1] - 0.5
    x = x - style.slant * y + style.bow * (4 * y**2 - 1)
    angle = style.turn + rng.normal(0, 0.04)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)


def _through(points: Points) -> Points:
    """A smooth line through all points (Catmull and Rom 1974), FINE steps from each to the next."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, FINE, endpoint=False)[:, np.newaxis]
    pieces = [
        b + t / 2 * (c - a) + t**2 * (a - 2.5 * b + 2 * c - 0.5 * d) + t**3 / 2 * (3 * b - a - 3 * c + d)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])


def _hooked(line: Points, length: float) -> Points:
    """A curl at its end, turning to the left of where the pen was going."""
    along = line[-1] - line[-2]
    along = along / (np.hypot(*along) or 1.0)
    across = np.array([along[1], -along[0]])
    t = np.linspace(0, math.pi / 2, 6)[1:, np.newaxis]
    return np.concatenate([line, line[-1] + length * (np.sin(t) * along + (1 - np.cos(t)) * across)])


def _ink(strokes: list[Points]) -> NDArray[np.uint8]:
    """The canvas, (SIDE, SIDE), after a round pen has drawn these lines in its middle."""
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = min(HEIGHT, (SIDE - 2 * PEN) / max(high - low))
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    for line in strokes:
        placed = [(float(x), float(y)) for x, y in SIDE / 2 + scale * (line - (low + high) / 2)]
        pen.line(placed, fill=255, width=PEN)
        for x, y in placed:
            pen.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=255)
    return np.array(image)
