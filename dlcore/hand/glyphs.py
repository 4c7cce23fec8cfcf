"""The ten digits as strokes of a pen, some in several forms: in a field one wide and one high."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """The points a pen passes: in a curve through all of them, or straight from one to the next."""

    points: tuple[Point, ...]
    curved: bool = True


def straight(*points: Point) -> Stroke:
    return Stroke(points, curved=False)


def curve(*points: Point) -> Stroke:
    return Stroke(points)


Glyph = tuple[Stroke, ...]

_OVAL = curve(
    (0.55, 0), (0.2, 0.12), (0.08, 0.5), (0.25, 0.9), (0.55, 1), (0.85, 0.85), (0.92, 0.45), (0.8, 0.1),
    (0.5, 0),
)  # fmt: skip
_TWO = curve((0.12, 0.24), (0.35, 0.02), (0.72, 0.05), (0.85, 0.28), (0.6, 0.6), (0.3, 0.85), (0.08, 1))
_NINE = curve((0.82, 0.2), (0.55, 0), (0.22, 0.1), (0.2, 0.38), (0.5, 0.5), (0.78, 0.36), (0.82, 0.18))

GLYPHS: Mapping[int, tuple[Glyph, ...]] = {
    0: ((_OVAL,), (_OVAL, straight((0.9, 0.05), (0.1, 0.95)))),
    1: (
        (straight((0.5, 0), (0.5, 1)),),
        (straight((0.15, 0.35), (0.55, 0), (0.55, 1)),),
        (straight((0.2, 0.3), (0.55, 0), (0.55, 1)), straight((0.2, 1), (0.9, 1))),
        (straight((0.85, 0.35), (0.45, 0), (0.45, 1)),),  # its flag on the wrong side
    ),
    2: (
        (_TWO, straight((0.08, 1), (0.92, 0.97))),
        (
            curve(
                (0.12, 0.24), (0.35, 0.02), (0.72, 0.05), (0.82, 0.3), (0.5, 0.72), (0.15, 0.98),
                (0.1, 0.8), (0.3, 0.74), (0.6, 0.96), (0.95, 0.92),
            ),
        ),
    ),
    3: (
        (
            curve((0.12, 0.12), (0.45, 0), (0.82, 0.14), (0.75, 0.38), (0.42, 0.47)),
            curve((0.42, 0.47), (0.82, 0.58), (0.88, 0.84), (0.5, 1), (0.1, 0.9)),
        ),
        (
            straight((0.15, 0.03), (0.85, 0.03), (0.42, 0.42)),
            curve((0.42, 0.42), (0.82, 0.52), (0.88, 0.82), (0.5, 1), (0.1, 0.9)),
        ),
    ),
    4: (
        (straight((0.62, 0), (0.06, 0.66), (0.95, 0.66)), straight((0.7, 0.3), (0.7, 1))),
        (straight((0.2, 0), (0.12, 0.55), (0.9, 0.55)), straight((0.78, 0), (0.72, 1))),
    ),
    5: (
        (
            straight((0.85, 0.02), (0.25, 0), (0.2, 0.44)),
            curve((0.2, 0.44), (0.55, 0.36), (0.86, 0.56), (0.78, 0.9), (0.42, 1), (0.08, 0.9)),
        ),
    ),
    6: (
        (
            curve(
                (0.72, 0), (0.35, 0.28), (0.12, 0.65), (0.25, 0.95), (0.6, 1), (0.86, 0.8), (0.7, 0.56),
                (0.4, 0.55), (0.14, 0.74),
            ),
        ),
    ),
    7: (
        (straight((0.08, 0.04), (0.92, 0.04), (0.4, 1)),),
        (straight((0.08, 0.04), (0.92, 0.04), (0.4, 1)), straight((0.25, 0.52), (0.85, 0.48))),
        (straight((0.1, 0.22), (0.1, 0.03), (0.9, 0.03), (0.4, 1)), straight((0.25, 0.52), (0.85, 0.48))),
    ),
    8: (
        (
            curve(
                (0.75, 0.12), (0.45, 0), (0.2, 0.18), (0.45, 0.45), (0.82, 0.74), (0.6, 1), (0.25, 0.96),
                (0.16, 0.74), (0.52, 0.46), (0.82, 0.22), (0.7, 0.06),
            ),
        ),
    ),
    9: (
        (_NINE, straight((0.82, 0.18), (0.74, 1))),
        (_NINE, curve((0.82, 0.18), (0.84, 0.7), (0.6, 1), (0.2, 0.92))),
    ),
}  # fmt: skip
