"""Images as a layer places them, and what the network says of the plane they lie on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.film import Kind
from dlcore.figures.flat import LEGEND, flat_layout, plane_titles
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Palette, Theme, mixed
from dlcore.figures.patches import patch_text
from dlcore.inspection.embedding.patches import PatchEmbedding
from dlcore.words import exact_percent

OPACITY = 0.85
TINT = 0.14
SIGNS = {True: "+", False: "−"}


@dataclass(frozen=True)
class _Dot:
    """Images that lie together, of one class, all right or all wrong."""

    x: float
    y: float
    count: int
    image: int  # one of them


def embedding_figure(
    result: PatchEmbedding, theme: Theme, *, picked: int | None = None, height: int = 350
) -> go.Figure:
    """The N images, + with a patch and − without; what is judged wrong bears a red ✗.

    Of PCA, images that coincide are one dot, the larger the more they are, and the background shows what
    the network says of that place of the plane. The image `picked` is ringed. A mark's customdata is the
    number of its image.
    """
    colours = PALETTES[theme]
    figure = go.Figure()
    if result.boundary is not None:
        _draw_boundary(figure, result, colours)
    for label, right in ((False, True), (True, True), (False, False), (True, False)):
        dots = _dots(result, label, right)
        if dots:
            figure.add_trace(_marks(result, dots, label, right, colours))
    if picked is not None:
        figure.add_trace(_ring(result, picked, colours))
    lay_out(figure, legend={**LEGEND, "font": {"size": 14}, "itemsizing": "constant"})
    return flat_layout(figure, result.window.x, result.window.y, _titles(result), colours, height)


def patch_kinds(labels: NDArray[np.bool_], theme: Theme) -> list[Kind]:
    """The images of a film: those without a patch, then those with one."""
    colours = PALETTES[theme]
    return [
        Kind(images, [SIGNS[label]] * len(images), colours.positive if label else colours.negative)
        for label in (False, True)
        for images in [np.flatnonzero(labels == label)]
    ]


def _dots(result: PatchEmbedding, label: bool, right: bool) -> list[_Dot]:
    chosen = np.flatnonzero((result.labels == label) & (result.right == right))
    groups: dict[int, list[int]] = {}
    for image in chosen.tolist():
        # Without a plane, distances within a dot are the method's own doing: each image is shown.
        groups.setdefault(int(result.dots[image]) if result.plane is not None else int(image), []).append(
            image
        )
    dots = []
    for images in groups.values():
        x, y = result.points[images].mean(axis=0)
        dots.append(_Dot(float(x), float(y), len(images), images[0]))
    return sorted(dots, key=lambda dot: -dot.count)


def _size(count: int) -> float:
    """Pixels across: the area grows with the number of images, up to a limit."""
    return float(min(15 + 1.6 * (count - 1) ** 0.5, 42))


def _marks(
    result: PatchEmbedding, dots: list[_Dot], label: bool, right: bool, colours: Palette
) -> go.Scatter:
    colour = colours.positive if label else colours.negative
    common = {
        "x": [dot.x for dot in dots],
        "y": [dot.y for dot in dots],
        "name": f"{SIGNS[label]} {'patch' if label else 'no patch'}" if right else f"✗ {_mistake(label)}",
        "customdata": [dot.image for dot in dots],
        "hovertext": [_hover(result, dot) for dot in dots],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "selected": {"marker": {"opacity": OPACITY}},  # a click rings the mark, it dims no other
        "unselected": {"marker": {"opacity": OPACITY}},
    }
    if result.plane is None:  # hundreds of marks: each is its own sign
        symbol = ("cross-thin-open" if label else "line-ew-open") if right else "x-thin-open"
        line = {"width": 2.5, "color": colour if right else colours.wrong}
        marker = {"symbol": symbol, "size": 9, "color": line["color"], "line": line, "opacity": OPACITY}
        return go.Scatter(mode="markers", marker=marker, **common)
    marker = {
        "size": [_size(dot.count) for dot in dots],
        "color": colour if right else colours.wrong,
        "opacity": OPACITY,
        "line": {"width": 1 if right else 3, "color": colours.background if right else colour},
    }
    return go.Scatter(
        mode="markers+text",
        text=[SIGNS[label] if right else "✗"] * len(dots),
        textfont={"size": 14, "color": colours.background, "weight": "bold"},
        marker=marker,
        **common,
    )


def _mistake(label: bool) -> str:
    return "patch missed" if label else "patch seen where none is"


def _hover(result: PatchEmbedding, dot: _Dot) -> str:
    """The image in block characters, how many such, and what the network says."""
    many = f"{dot.count} images like this" if dot.count > 1 else "1 image"
    logit = result.logits[dot.image]
    said = "patch" if logit > 0 else "no patch"
    return f"{patch_text(result.images[dot.image])}<br>{many}<br>logit {logit:+.2g}: {said}"


def _ring(result: PatchEmbedding, picked: int, colours: Palette) -> go.Scatter:
    same = result.dots == result.dots[picked] if result.plane is not None else None
    x, y = result.points[picked] if same is None else result.points[same].mean(axis=0)
    count = 1 if same is None else int(same.sum())
    return go.Scatter(
        x=[float(x)],
        y=[float(y)],
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": _size(count) + 9,
            "color": colours.text,
            "line": {"width": 2.5},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _draw_boundary(figure: go.Figure, result: PatchEmbedding, colours: Palette) -> None:
    boundary = result.boundary
    assert boundary is not None
    logits = boundary.logits.astype(np.float32)
    common = {"x": boundary.x, "y": boundary.y, "hoverinfo": "skip", "showscale": False}
    tint = [
        [0, mixed(colours.negative, colours.background, TINT)],
        [0.5, colours.background],
        [1, mixed(colours.positive, colours.background, TINT)],
    ]
    edge = 0.01 * float(np.abs(logits).max()) or 1.0  # so near the boundary the two tints meet
    figure.add_trace(
        go.Heatmap(
            z=logits.clip(-edge, edge), colorscale=tint, zmin=-edge, zmax=edge, zsmooth="best", **common
        )
    )
    if result.cut:
        line = {"color": colours.text, "width": 2, "dash": "dash"}
        contours = {"start": 0, "end": 0, "size": 1, "coloring": "none"}
        figure.add_trace(go.Contour(z=logits, contours=contours, line=line, showlegend=False, **common))


def _titles(result: PatchEmbedding) -> tuple[str, str] | None:
    if result.plane is None:
        return None
    x, y = plane_titles(result.plane.shares)
    return x, y if result.widths[result.config.layer] > 1 else "No second direction"


def embedding_alt(result: PatchEmbedding) -> str:
    """The finding in words."""
    total = len(result.labels)
    wrong = total - result.correct
    where = f"{result.layer_name}, {result.widths[result.config.layer]} numbers an image"
    found = (
        f"{total} test images lie on {result.dots.max() + 1} dots" if result.plane else f"{total} test images"
    )
    held = f"; the plane holds {exact_percent(result.plane.held, 1)} of the variance" if result.plane else ""
    return f"{where}: {found}{held}. {wrong} are judged wrong."
