"""Hills of two numbers x and y, whose gradients and minima are known exactly: to watch optimizers on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

HillName = Literal["bowl", "saddle", "rosenbrock", "himmelblau", "beale", "rastrigin"]
Formula = Callable[[Any, Any], Any]
Gradient = Callable[[float, float], tuple[float, float]]
Point = tuple[float, float]


@dataclass(frozen=True)
class Hill:
    """A function f(x, y), its gradient, and the map of it that is looked at.

    `value` takes floats, arrays or tensors; `gradient` gives (df/dx, df/dy) of floats.
    """

    name: HillName
    title: str
    formula: str  # LaTeX
    value: Formula
    gradient: Gradient
    x: Point  # the map's edges
    y: Point
    minima: tuple[Point, ...]  # all on the map, lowest first
    log_height: bool  # heights differ by powers of ten

    def holds(self, x: float, y: float) -> bool:
        """Is this place on the map? Not if it is no number."""
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]

    def curvature(self, x: float, y: float) -> float:
        """The largest eigenvalue λ of the second derivatives there, from differences of the gradient."""
        step = 1e-5
        (a, b), (c, d) = self.gradient(x + step, y), self.gradient(x - step, y)
        (e, f), (g, h) = self.gradient(x, y + step), self.gradient(x, y - step)
        xx, yy, xy = (a - c) / (2 * step), (f - h) / (2 * step), ((b - d) + (e - g)) / (4 * step)
        return (xx + yy) / 2 + math.hypot((xx - yy) / 2, xy)


def bowl(steepest: float = 10.0) -> Hill:
    """(x² + λy²)/2: curvature 1 along x and λ = `steepest` along y, so λ is its condition number."""
    return Hill(
        "bowl",
        "Bowl",
        rf"\tfrac12\,(x^2 + {steepest:g}\,y^2)",
        lambda x, y: (x**2 + steepest * y**2) / 2,
        lambda x, y: (x, steepest * y),
        x=(-2.0, 2.0),
        y=(-2.0, 2.0),
        minima=((0.0, 0.0),),
        log_height=False,
    )


def _himmelblau_gradient(x: float, y: float) -> Point:
    a, b = x * x + y - 11, x + y * y - 7
    return 4 * x * a + 2 * b, 2 * a + 4 * y * b


def _beale(x: Any, y: Any) -> Any:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_gradient(x: float, y: float) -> Point:
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return (
        2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1)),
        2 * x * (a + 2 * b * y + 3 * c * y**2),
    )


def _cosine(x: Any) -> Any:
    return torch.cos(x) if isinstance(x, torch.Tensor) else np.cos(x)


def _rastrigin(x: Any, y: Any) -> Any:
    return 20 + x**2 + y**2 - 10 * (_cosine(2 * math.pi * x) + _cosine(2 * math.pi * y))


def _rastrigin_gradient(x: float, y: float) -> Point:
    turn = 2 * math.pi
    return 2 * x + 10 * turn * math.sin(turn * x), 2 * y + 10 * turn * math.sin(turn * y)


def _rastrigin_minima(edge: float) -> tuple[Point, ...]:
    """One near every whole number; Newton's method on 2x + 20π sin 2πx finds it."""
    turn, places = 2 * math.pi, []
    for whole in range(-int(edge), int(edge) + 1):
        x = float(whole)
        for _ in range(20):
            x -= (2 * x + 10 * turn * math.sin(turn * x)) / (2 + 10 * turn**2 * math.cos(turn * x))
        places.append(x)
    return tuple(sorted(((x, y) for x in places for y in places), key=lambda place: math.hypot(*place)))


OTHERS: Mapping[HillName, Hill] = {
    "saddle": Hill(
        "saddle",
        "Saddle",
        r"x^2 - y^2",
        lambda x, y: x**2 - y**2,
        lambda x, y: (2 * x, -2 * y),
        x=(-1.0, 1.0),
        y=(-1.0, 1.0),
        minima=(),
        log_height=False,
    ),
    "rosenbrock": Hill(
        "rosenbrock",
        "Rosenbrock's valley",
        r"(1 - x)^2 + 100\,(y - x^2)^2",
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        lambda x, y: (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
        x=(-2.0, 2.0),
        y=(-1.0, 3.0),
        minima=((1.0, 1.0),),
        log_height=True,
    ),
    "himmelblau": Hill(
        "himmelblau",
        "Himmelblau's four valleys",
        r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        _himmelblau_gradient,
        x=(-5.0, 5.0),
        y=(-5.0, 5.0),
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        log_height=True,
    ),
    "beale": Hill(
        "beale",
        "Beale's plain",
        r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
        _beale,
        _beale_gradient,
        x=(-1.0, 4.0),
        y=(-2.0, 2.0),
        minima=((3.0, 0.5),),
        log_height=True,
    ),
    "rastrigin": Hill(
        "rastrigin",
        "Rastrigin's egg box",
        r"20 + x^2 + y^2 - 10\,(\cos 2\pi x + \cos 2\pi y)",
        _rastrigin,
        _rastrigin_gradient,
        x=(-2.5, 2.5),
        y=(-2.5, 2.5),
        minima=_rastrigin_minima(2.5),
        log_height=False,
    ),
}
TITLES: Mapping[str, str] = {"bowl": "Bowl", **{name: other.title for name, other in OTHERS.items()}}


def hill(name: HillName, steepest: float = 10.0) -> Hill:
    """The function of that name; `steepest` is the bowl's λ."""
    return bowl(steepest) if name == "bowl" else OTHERS[name]
