"""Surfaces of loss in three dimensions, with the path a run took over them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Palette, Theme
from dlcore.figures.space import SCENES, SPACE, as_it_is, blank_figure, plain_axis, room_of
from dlcore.landscape.picture import Picture, Stop
from dlcore.run import stop_names
from dlcore.words import number

FLOOR = 1e-5  # nats: below, a logarithm would only show rounding
TICKS = [digit * 10.0**power for power in range(-5, 7) for digit in (1, 3)]
HOVER = (
    "α %{x:.3g}, β %{y:.3g}<br>loss %{customdata[0]:.3g} nats<br>%{customdata[1]:.1%} right<extra></extra>"
)

Colour = Literal["loss", "accuracy"]


@dataclass(frozen=True)
class View:
    """How a picture is looked at: all that needs no new measurement."""

    log: bool = True
    colour: Colour = "loss"
    contours: bool = True


def surface_figure(
    pictures: Sequence[Picture],
    theme: Theme,
    view: View = View(),
    *,
    titles: Sequence[str] = (),
    height: int = 560,
) -> go.Figure:
    """One picture, or two side by side on one scale. Only pictures that have a surface.

    A cell whose loss is not finite is a hole. Height and colour are float32. The traces of each picture are
    its surface and, if it has a path, the drop lines and the path twice, a black edge below a white line.
    """
    colours = PALETTES[theme]
    figure = blank_figure(colours, height, top=28 if titles else 0)
    low, high = _range(pictures, view)
    for scene, picture in zip(SCENES, pictures, strict=False):
        figure.add_trace(_surface(picture, view, scene, (low, high), bar=scene == SCENES[len(pictures) - 1]))
        if picture.path:
            for trace in _path(picture.path, view, scene, colours):
                figure.add_trace(trace)
    for index, (scene, picture) in enumerate(zip(SCENES, pictures, strict=False)):
        domain = room_of(index, len(pictures))
        lay_out(figure, **{scene: _scene(picture, view, (low, high), domain, colours)})
        if titles:
            figure.add_annotation(
                text=as_it_is(titles[index]), x=sum(domain["x"]) / 2, xref="paper", xanchor="center",
                y=1.0, yref="paper", yanchor="bottom",
                showarrow=False, font={"size": 15, "color": colours.text},
            )  # fmt: skip
    return figure


def path_traces(pictures: Sequence[Picture]) -> tuple[int, ...]:
    """Which traces of `surface_figure` are paths: they can be shown stop by stop."""
    traces, first = [], 0
    for picture in pictures:
        if picture.path:
            traces += [first + 2, first + 3]
        first += 4 if picture.path else 1
    return tuple(traces)


def height_of(loss: NDArray[np.floating[Any]] | float, *, log: bool) -> NDArray[np.float32]:
    """Where a loss stands on the vertical axis; not a number where it is not finite."""
    losses = np.where(np.isfinite(loss), loss, np.nan)
    return (np.log10(np.maximum(losses, FLOOR)) if log else losses).astype(np.float32)


def _range(pictures: Sequence[Picture], view: View) -> tuple[float, float]:
    """The heights that all of the pictures take, paths too."""
    heights = []
    for picture in pictures:
        assert picture.surface is not None
        losses = [*picture.surface.loss.ravel(), *(stop.loss for stop in picture.path)]
        heights.append(height_of(np.array(losses), log=view.log))
    every = np.concatenate(heights)
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    return low, high if high > low else low + 1.0


def _surface(
    picture: Picture, view: View, scene: str, limits: tuple[float, float], *, bar: bool
) -> go.Surface:
    surface = picture.surface
    assert surface is not None
    z = height_of(surface.loss, log=view.log)
    by_loss = view.colour == "loss"
    if by_loss:
        scale = {"cmin": limits[0], "cmax": limits[1], "colorscale": "Viridis"}
        colour_bar = {"title": {"text": "Loss (nats)", "side": "top"}, **_ticks(limits, view.log)}
    else:
        scale = {"cmin": 0.0, "cmax": 100.0, "colorscale": "Viridis", "reversescale": True}
        colour_bar = {"title": {"text": "Right (%)", "side": "top"}}
    contours = (
        {"z": {"show": True, "usecolormap": True, "project": {"z": True}, "width": 2,
               "start": limits[0], "end": limits[1], "size": (limits[1] - limits[0]) / 14}}
        if view.contours
        else {}
    )  # fmt: skip
    return go.Surface(
        x=surface.alpha.astype(np.float32),
        y=surface.beta.astype(np.float32),
        z=z,
        surfacecolor=None if by_loss else (100 * surface.accuracy).astype(np.float32),
        # Plotly looks for a surface's customdata in [column][row], unlike its heights.
        customdata=np.stack([surface.loss.T, surface.accuracy.T], axis=-1).astype(np.float32),
        hovertemplate=HOVER,
        contours=contours,
        scene=scene,
        opacity=0.75 if picture.path else 1.0,
        showscale=bar,
        colorbar={
            "orientation": "h",
            "thickness": 12,
            "len": 0.6,
            "x": 0.5,
            "y": 0.0,
            "yanchor": "bottom",
            "tickfont": {"size": 14},
            "outlinewidth": 0,
            **colour_bar,
        },
        lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05, "roughness": 0.9},
        **scale,
    )  # fmt: skip


def _path(path: Sequence[Stop], view: View, scene: str, colours: Palette) -> list[go.Scatter3d]:
    """Drop lines from each stop to the plane's loss above or below it, then the path."""
    x, y = ([getattr(stop.placed, name) for stop in path] for name in ("alpha", "beta"))
    z = height_of(np.array([stop.loss for stop in path]), log=view.log)
    below = height_of(np.array([stop.below for stop in path]), log=view.log)
    gap = np.nan
    drops = go.Scatter3d(
        x=np.array([v for a in x for v in (a, a, gap)], np.float32),
        y=np.array([v for b in y for v in (b, b, gap)], np.float32),
        z=np.array([v for pair in zip(z, below, strict=True) for v in (*pair, gap)], np.float32),
        mode="lines",
        line={"color": colours.wrong, "width": 5},
        hoverinfo="skip",
        scene=scene,
    )
    names = _named(path)
    common = {
        "x": np.array(x, np.float32),
        "y": np.array(y, np.float32),
        "z": z,
        "scene": scene,
    }
    edge = go.Scatter3d(mode="lines", line={"color": "#000000", "width": 15}, hoverinfo="skip", **common)
    line = go.Scatter3d(
        mode="lines+markers",
        line={"color": "#FFFFFF", "width": 8},
        marker={
            "size": [6, *[4] * (len(path) - 2), 7][: len(path)],
            "symbol": ["square", *["circle"] * (len(path) - 2), "diamond"][: len(path)],
            "color": "#FFFFFF",
            "line": {"color": "#000000", "width": 2},
        },
        customdata=[[n, s.loss, s.accuracy, s.placed.distance] for n, s in zip(names, path, strict=True)],
        hovertemplate=(
            "%{customdata[0]}<br>loss %{customdata[1]:.3g} nats, %{customdata[2]:.1%} right"
            "<br>%{customdata[3]:.3g} beside the plane<extra></extra>"
        ),
        **common,
    )
    return [drops, edge, line]


def _named(path: Sequence[Stop]) -> list[str]:
    return [f"epoch {name}" for name in stop_names(path)]


def _ends(path: Sequence[Stop], view: View, colours: Palette) -> list[dict[str, Any]]:
    """Words at the first and the last stop, on a ground of their own: they are read on every colour."""
    names = _named(path)
    ends = {0: f"start, {names[0]}", len(path) - 1: f"end, {names[-1]}"}
    return [
        {
            "x": path[index].placed.alpha,
            "y": path[index].placed.beta,
            "z": float(height_of(path[index].loss, log=view.log)),
            "text": words,
            "font": {"size": 14, "color": colours.text},
            "bgcolor": colours.background,
            "bordercolor": colours.muted,
            "borderpad": 3,
            "arrowcolor": colours.text,
            "arrowhead": 0,
            "ax": 0,
            "ay": -44 if index == 0 else 44,  # a path comes down: below its end there is none of it
        }
        for index, words in ends.items()
    ]


def _scene(
    picture: Picture,
    view: View,
    limits: tuple[float, float],
    domain: dict[str, list[float]],
    colours: Palette,
) -> dict[str, Any]:
    axis = plain_axis(colours)
    room = 0.05 * (limits[1] - limits[0])
    z_axis = {"title": {"text": "Loss (nats, log)" if view.log else "Loss (nats)"}}
    return {
        "domain": domain,
        "xaxis": {**axis, "title": {"text": "α"}},
        "yaxis": {**axis, "title": {"text": "β"}},
        "zaxis": {
            **axis,
            **z_axis,
            "range": [limits[0] - room, limits[1] + room],
            **_ticks(limits, view.log),
        },
        "annotations": _ends(picture.path, view, colours) if picture.path else [],
        **SPACE,
    }


def axis_unit(picture: Picture) -> str:
    """In what a plane's coordinates are measured: in space there is no room for it beside the axes."""
    if picture.prepared.config.fault == "walk":
        return "no direction"
    if picture.prepared.config.fault == "tensor":
        return "tensor norms"
    if picture.prepared.config.plane != "random":
        return "distance of weights"
    return {"filter": "filter norms", "layer": "tensor norms", "weight": "weights", "none": "random numbers"}[
        picture.prepared.config.normalisation
    ]


def _ticks(limits: tuple[float, float], log: bool) -> dict[str, Any]:
    """Losses in plain numbers on a logarithmic axis."""
    if not log:
        return {}
    low, high = limits
    shown = [tick for tick in TICKS if low - 0.1 <= math.log10(tick) <= high + 0.1]
    if len(shown) > 7:
        shown = [tick for tick in shown if f"{tick:e}".startswith("1")]
    return {"tickvals": [math.log10(tick) for tick in shown], "ticktext": [number(tick) for tick in shown]}


def surface_alt(picture: Picture) -> str:
    """The finding in words."""
    surface = picture.surface
    if surface is None:
        return "A loss surface that is still being measured"
    finite = np.isfinite(surface.loss)
    if not finite.any():
        return "A loss surface without a finite value"
    row, column = np.unravel_index(np.where(finite, surface.loss, np.inf).argmin(), finite.shape)
    words = (
        f"Loss on {surface.resolution} by {surface.resolution} points: lowest "
        f"{surface.loss[row, column]:.3g} nats at alpha {surface.alpha[column]:.3g}, "
        f"beta {surface.beta[row]:.3g}, highest {surface.loss[finite].max():.3g}"
    )
    if not finite.all():
        words += f"; {finite.size - finite.sum()} points are not finite"
    if picture.path:
        start, end = picture.path[0].loss, picture.path[-1].loss
        words += f". The path of {len(picture.path)} checkpoints goes from {start:.3g} to {end:.3g} nats"
    return words
