"""Test digits as a layer places them: each its own label in its colour, wrong ones with a ✗, one ringed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.datasets.catalogue import DIGITS, noun_for
from dlcore.figures.film import Kind
from dlcore.figures.flat import flat_layout, plane_titles
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import DIGIT_COLOURS, PALETTES, Palette, Theme
from dlcore.inspection.embedding.digits import NEIGHBOURS, DigitLayer, DigitPicture, Mine
from dlcore.words import percent

BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
SHORT = 2  # letters
INK = 100  # of 255, the mean of four pixels


def digit_figure(
    layer: DigitLayer,
    picture: DigitPicture,
    theme: Theme,
    *,
    picked: int,
    mine: Mine | None = None,
    drawn: bool = False,
    height: int = 460,
    names: Sequence[str] = DIGITS,
) -> go.Figure:
    """The N digits as signs of their label, in its colour; what is read wrongly is red, with a ✗. The one
    `picked` is ringed. `mine` is a large star if somebody has `drawn` it, and else a small mark. A mark's
    customdata is the number of its image.
    """
    colours = PALETTES[theme]
    figure = go.Figure()
    groups = [
        (layer.right & (layer.labels == label), colour, f"every {names[label]}")
        for label, colour in enumerate(DIGIT_COLOURS[theme])
    ]
    for chosen, colour, name in (*groups, (~layer.right, colours.wrong, "read wrongly")):
        if chosen.any():
            figure.add_trace(_marks(layer, picture, np.flatnonzero(chosen), colour, name, names))
    figure.add_trace(_ring(picture, picked, colours))
    if mine is not None and picture.config.method == "pca":
        noun = noun_for(names)
        figure.add_trace(_star(mine, colours, noun) if drawn else _small(mine, colours, noun))
    lay_out(figure, showlegend=False)
    titles = plane_titles(layer.plane.shares) if picture.config.method == "pca" else None
    return flat_layout(figure, picture.window.x, picture.window.y, titles, colours, height)


def sign_of(names: Sequence[str], label: int) -> str:
    """What stands for a class on a picture: its name if that is short, else its number."""
    return names[label] if len(names[label]) <= SHORT else str(label)


def _sign(layer: DigitLayer, image: int, names: Sequence[str]) -> str:
    sign = sign_of(names, int(layer.labels[image]))
    return sign if layer.right[image] else f"<b>{sign}✗</b>"


def digit_kinds(labels: NDArray[np.int64], theme: Theme, names: Sequence[str] = DIGITS) -> list[Kind]:
    """The digits of a film, by label."""
    chosen = [np.flatnonzero(labels == label) for label in range(len(DIGIT_COLOURS[theme]))]
    return [
        Kind(images, [sign_of(names, label)] * len(images), DIGIT_COLOURS[theme][label])
        for label, images in enumerate(chosen)
    ]


def _marks(
    layer: DigitLayer,
    picture: DigitPicture,
    chosen: NDArray[np.int64],
    colour: str,
    name: str,
    names: Sequence[str],
) -> go.Scatter:
    return go.Scatter(
        x=picture.points[chosen, 0].astype(np.float32),
        y=picture.points[chosen, 1].astype(np.float32),
        mode="markers+text",
        text=[_sign(layer, image, names) for image in chosen.tolist()],
        textfont={"size": 14, "color": colour},
        marker={"size": 15, "opacity": 0, "color": colour},  # what the mouse finds; the sign is what is seen
        name=name,
        customdata=chosen.tolist(),
        hovertext=[_hover(layer, image, names) for image in chosen.tolist()],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 0}, "textfont": {"color": colour}},
        unselected={"marker": {"opacity": 0}, "textfont": {"color": colour}},
    )


def _hover(layer: DigitLayer, image: int, names: Sequence[str]) -> str:
    """The digit itself in block characters, and what the network says."""
    label, said = int(layer.labels[image]), int(layer.predictions[image])
    wrong = f", read as {names[said]}" if said != label else ""
    return f"{digit_text(layer.images[image].tobytes())}<br>labelled {names[label]}{wrong}"


@lru_cache(maxsize=2048)
def digit_text(pixels: bytes) -> str:
    """28×28 bytes as seven lines of fourteen block characters."""
    image = np.frombuffer(pixels, np.uint8).reshape(14, 2, 14, 2).mean(axis=(1, 3)) > INK
    lines = (
        "".join(BLOCKS[bool(a), bool(b)] for a, b in zip(*pair, strict=True))
        for pair in image.reshape(7, 2, 14)
    )
    return "<br>".join(lines)


def _ring(picture: DigitPicture, picked: int, colours: Palette) -> go.Scatter:
    x, y = picture.points[picked].tolist()
    marker = {"symbol": "circle-open", "size": 26, "color": colours.text, "line": {"width": 2.5}}
    return go.Scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip", name="the picked one")


def _star(mine: Mine, colours: Palette, noun: str) -> go.Scatter:
    return _mark(mine, "star", 34, 2.5, f"Your {noun}", colours)


def _small(other: Mine, colours: Palette, noun: str) -> go.Scatter:
    return _mark(other, "diamond", 13, 2, f"The test {noun}", colours)


def _mark(mine: Mine, symbol: str, size: int, edge: float, what: str, colours: Palette) -> go.Scatter:
    line = {"width": edge, "color": colours.background}
    return go.Scatter(
        x=[mine.point[0]],
        y=[mine.point[1]],
        mode="markers",
        marker={"symbol": symbol, "size": size, "color": colours.text, "line": line},
        hovertemplate=f"{what}<extra></extra>",
        name=what[0].lower() + what[1:],
    )


def digit_alt(layer: DigitLayer, picture: DigitPicture) -> str:
    """The finding in words."""
    return (
        f"{len(layer.labels)} test images as {layer.name} places them. Of the {NEIGHBOURS} nearest "
        f"neighbours {percent(layer.purity)} have the same label there, {percent(picture.purity)} in the "
        "picture."
    )
