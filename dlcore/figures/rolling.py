"""The ball of a run that trains, upon the ground under it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dlcore.figures.landscape import View, path_traces, surface_figure
from dlcore.figures.palette import Theme
from dlcore.figures.space import empty_figure
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.frames import POINTS, widened
from dlcore.landscape.picture import Picture, Prepared, Stop
from dlcore.landscape.planes import Placed
from dlcore.landscape.rolling import Ball, Ground, Known, Rolled
from dlcore.landscape.surfaces import Surface

PALE = 0.3  # of the colour of ground that the ball has left
BALL = 4  # the trace of the ball; before it the surface, the line down to it, the path's edge, the path
PATH = (2, 3)
NARROW = {  # beside a curve: short titles, no second scale of colours; seen from above, into the bowl
    "xaxis_title_text": "α",
    "yaxis_title_text": "β",
    "xaxis_nticks": 5,
    "yaxis_nticks": 5,
    "domain": {"x": [0, 1], "y": [0, 1]},
}
FAR, HIGH = 2.1, 1.7  # of the eye, so that in a narrow column no number is cut
SLANT = math.pi / 9  # past a right angle to the way: an axis seen straight on shows no depth
FRONT = math.radians(-45)  # where there is no way yet
HARDLY = 0.1  # of half a square: what moves less shows no way


def empty_hill(theme: Theme, *, height: int = 380) -> go.Figure:
    """Where the ground will be, seen as it will be seen."""
    return empty_figure(1, theme, height=height).update_scenes(NARROW, camera=camera(FRONT))


def looks_from(found: Rolled, balls: Sequence[Ball]) -> float:
    """The angle of the eye round the square, across the way of the ball: at its end nobody sees how it came.

    As long as it has hardly moved, across the way of the run whose directions these are.
    """
    left, right = found.window.alpha
    half, last = (right - left) / 2, balls[-1]
    way = (last.alpha, last.beta)
    if math.hypot(*way) < HARDLY * half:
        way = ((left + right) / 2, sum(found.window.beta) / 2)
    if math.hypot(*way) < HARDLY * half:
        return FRONT
    angle = math.atan2(way[1], way[0]) + math.pi / 2
    if math.sin(angle) > 0:  # of the two sides the front one
        angle += math.pi
    return angle + SLANT


def camera(angle: float) -> dict[str, dict[str, float]]:
    """From above, into the bowl."""
    eye = {"x": FAR * math.cos(angle), "y": FAR * math.sin(angle), "z": HIGH}
    return {"eye": eye, "center": {"x": 0, "y": 0, "z": -0.1}}


def way_figure(
    found: Rolled, balls: Sequence[Ball], theme: Theme, *, eye: float = FRONT, height: int = 380
) -> go.Figure:
    """As `rolling_figure`, where the ground is still to be measured."""
    window = widened(found.window, [(ball.alpha, ball.beta) for ball in balls])
    nothing = np.full((POINTS, POINTS), np.nan, np.float32)
    blank = Ground(balls[-1].step, window, Surface(*window.axes(POINTS), nothing, nothing))
    figure = rolling_figure(blank, balls, theme, eye=eye, height=height)
    empty = go.Scatter3d(x=[None], y=[None], z=[None], scene="scene", hoverinfo="skip")
    figure = go.Figure(data=[empty, *figure.data[1:]], layout=figure.layout)
    return figure.update_scenes(xaxis_range=window.alpha, yaxis_range=window.beta)


def rolling_figure(
    ground: Ground,
    balls: Sequence[Ball],
    theme: Theme,
    *,
    pale: bool = False,
    eye: float = FRONT,
    height: int = 380,
) -> go.Figure:
    """The ground, the way so far at its own losses, white with a black edge, and the ball at its end.

    `eye`: see `looks_from`. It stays while a figure is redrawn. A red line leads to the ground where the ball
    is not on it. Point k of the traces of PATH, and of BALL, is ball k.
    """
    picture = _picture(ground, balls)
    figure = surface_figure([picture], theme, View(), height=height)
    assert path_traces([picture]) == PATH
    surface, path = figure.data[0], figure.data[PATH[-1]]
    surface.update(opacity=PALE if pale else 0.7, showscale=False)
    names = [[f"step {ball.step:,}", ball.loss, ball.accuracy] for ball in balls]
    hover = "%{customdata[0]}<br>loss %{customdata[1]:.3g} nats, %{customdata[2]:.1%} right<extra></extra>"
    path.update(mode="lines+markers", text=None, customdata=names, hovertemplate=hover)
    path.marker.update(size=4, symbol="circle")
    figure.add_trace(
        go.Scatter3d(
            x=path.x,
            y=path.y,
            z=path.z,
            mode="markers",
            marker={"size": 14, "color": "#FFFFFF", "line": {"color": "#000000", "width": 5}},
            customdata=names,
            hovertemplate=hover,
            scene="scene",
        )
    )
    return figure.update_scenes(NARROW, camera=camera(eye))


def _picture(ground: Ground, balls: Sequence[Ball]) -> Picture:
    """As the figure of surfaces draws one: of all stops only the last may be beside the plane."""
    stops = [
        Stop(ball.epoch, Placed(ball.alpha, ball.beta, 0.0), ball.loss, ball.accuracy, ball.loss, ball.step)
        for ball in balls
    ]
    under = ground.under(balls[-1])
    if balls[-1].step != ground.step and math.isfinite(under):
        last = balls[-1]
        where = Placed(last.alpha, last.beta, 0.0)
        stops[-1] = Stop(last.epoch, where, last.loss, last.accuracy, under, last.step)
    size = int(np.prod(ground.surface.loss.shape))
    return Picture(Prepared(SurfaceConfig(), ground.window, 0), ground.surface, tuple(stops), size)


def rolling_alt(known: Known) -> str:
    """The finding in words."""
    if known.ground is None or not known.balls:
        return "The surface under this run is still being measured"
    first, last = known.balls[0], known.balls[-1]
    losses = known.ground.surface.loss
    finite = losses[np.isfinite(losses)]
    words = f"A surface of the loss through the run's weights of step {known.ground.step:,}"
    if finite.size:
        words += f", from {finite.min():.3g} to {finite.max():.3g} nats"
    if len(known.balls) == 1:
        return f"{words}. The ball has not moved yet: {last.loss:.3g} nats"
    way = f"from {first.loss:.3g} nats to {last.loss:.3g} at step {last.step:,}"
    return f"{words}. The ball has rolled {way}"
