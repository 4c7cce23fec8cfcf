"""The loss over two weights of a network in the plane, with the way its training took."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Theme
from dlcore.figures.space import SPACE, blank_figure, plain_axis, room_of
from dlcore.playground.surface import WeightSurface

HOVER = "%{x:.2f} and %{y:.2f}<br>loss %{z:.3f}<extra></extra>"


def weight_surface_figure(surface: WeightSurface, theme: Theme, *, height: int = 460) -> go.Figure:
    """Violet is low. The traces are the surface, and the path twice: a black edge below a white line."""
    colours, path = PALETTES[theme], surface.path.astype(np.float32)
    figure = blank_figure(colours, height)
    loss = np.where(np.isfinite(surface.loss), surface.loss, np.nan).astype(np.float32)
    ground = go.Surface(
        x=surface.first.astype(np.float32),
        y=surface.second.astype(np.float32),
        z=loss,
        colorscale="Viridis",
        showscale=False,
        opacity=0.85,
        hovertemplate=HOVER,
        contours={"z": {"show": True, "usecolormap": True, "width": 2}},
        lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05, "roughness": 0.9},
    )
    places = {"x": path[:, 0], "y": path[:, 1], "z": path[:, 2]}
    edge = go.Scatter3d(mode="lines", line={"color": "#000000", "width": 12}, hoverinfo="skip", **places)
    line = go.Scatter3d(
        mode="lines+markers",
        line={"color": "#FFFFFF", "width": 6},
        marker={
            "size": [0] * (len(path) - 1) + [7],
            "color": "#FFFFFF",
            "symbol": "diamond",
            "line": {"color": "#000000", "width": 2},
        },
        hovertemplate=HOVER,
        **places,
    )
    figure.add_traces([ground, edge, line])
    axis = plain_axis(colours)
    titles = zip(("xaxis", "yaxis", "zaxis"), (*surface.names, "Training loss"), strict=True)
    lay_out(
        figure,
        scene={
            "domain": room_of(0, 1),
            **{name: {**axis, "title": {"text": title}} for name, title in titles},
            **SPACE,
        },
    )
    return figure


def weight_surface_alt(surface: WeightSurface) -> str:
    """The finding in words."""
    low = np.unravel_index(
        np.nanargmin(np.where(np.isfinite(surface.loss), surface.loss, np.nan)), surface.loss.shape
    )
    first, second = surface.names
    return (
        f"Training loss over two weights: {first} and {second}. Lowest {surface.loss[low]:.3f} at "
        f"{surface.first[low[1]]:.2f} and {surface.second[low[0]]:.2f}; the training stands at "
        f"{surface.path[-1, 2]:.3f}, with {surface.path[-1, 0]:.2f} and {surface.path[-1, 1]:.2f}"
    )
