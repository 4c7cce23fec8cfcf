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
from dlcore.landscape.picture import Picture, Prepared, Stop
from dlcore.landscape.planes import Placed
from dlcore.landscape.rolling import Ball, Ground, Known

PALE = 0.3  # of the colour of ground that the ball has left
BALL = 4  # the trace of the ball; before it the surface, the line down to it, the path's edge, the path
PATH = (2, 3)
NARROW = {  # beside a curve: short titles, no second scale of colours; seen from above, into the bowl
    "xaxis_title_text": "α",
    "yaxis_title_text": "β",
    "xaxis_nticks": 5,
    "yaxis_nticks": 5,
    "domain": {"x": [0, 1], "y": [0, 1]},
    "camera": {"eye": {"x": 1.15, "y": -1.15, "z": 1.35}, "center": {"x": 0, "y": 0, "z": -0.1}},
}


def empty_hill(theme: Theme, *, height: int = 380) -> go.Figure:
    """Where the ground will be, seen as it will be seen."""
    return empty_figure(1, theme, height=height).update_scenes(NARROW)


def rolling_figure(
    ground: Ground, balls: Sequence[Ball], theme: Theme, *, pale: bool = False, height: int = 380
) -> go.Figure:
    """The ground, the way so far at its own losses, white with a black edge, and the ball at its end.

    A red line leads to the ground where the ball is not on it. Point k of the traces of PATH, and of BALL, is
    ball k.
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
    return figure.update_scenes(NARROW)


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
