"""A classifier's pictures on one sheet, what it takes for what, how sure it is, what more pictures bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from PIL import Image
from torch import Tensor

from dlcore.classifier.curve import Curve
from dlcore.classifier.judge import Judged, calibration
from dlcore.classifier.project import Picture
from dlcore.classifier.squares import thumbnail
from dlcore.figures.bars import share_bars
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.confusion import confusion_figure
from dlcore.figures.digits import data_uri
from dlcore.figures.maps import Box, Sheet
from dlcore.figures.palette import PALETTES, Theme
from dlcore.words import exact_percent, percent, vote_percent

THUMB = 48  # pixels
WIDE = 16  # pictures in a row, at most
SHOWN = 160  # pictures on a sheet, at most


def wall_of(pictures: Sequence[Picture]) -> str:
    """The pictures in rows, as one picture's address."""
    columns = min(WIDE, max(1, len(pictures)))
    rows = -(-len(pictures) // columns)
    wall = Image.new("RGB", (columns * THUMB, rows * THUMB), "white")
    for number, picture in enumerate(pictures):
        wall.paste(thumbnail(picture, THUMB), (number % columns * THUMB, number // columns * THUMB))
    return data_uri(wall)


def pictures_sheet(uri: str, count: int, wrong: Sequence[int], chosen: int | None, note: str) -> Sheet:
    """`uri` is the wall of so many pictures; those of the places `wrong` are framed, and the `chosen` one
    alone if there is one.
    """
    columns = min(WIDE, max(1, count))
    framed = [chosen] if chosen is not None else list(wrong)
    return Sheet(
        id="pictures",
        title="",
        note=note,
        uri=uri,
        rows=-(-count // columns),
        columns=columns,
        count=count,
        alt=f"{count} pictures, {len(wrong)} of them not named as labelled",
        width=columns * THUMB,
        boxes=tuple(Box(*divmod(place, columns)) for place in framed),
    )


def shares_chart(judged: Judged, place: int, theme: Theme) -> Chart:
    """A bar for each class, of the head that never saw this picture; its own label in colour."""
    shares = dict(zip(judged.classes, judged.shares[place].tolist(), strict=True))
    given = judged.classes[int(judged.labels[place])]
    words = ", ".join(f"{name} {vote_percent(share)}" for name, share in shares.items())
    return _shares(shares, given, f"Labelled {given}. A head that never saw it says: {words}.", theme)


def app_chart(shares: Mapping[str, float], theme: Theme) -> Chart:
    """A bar for each class, the largest in colour."""
    words = ", ".join(f"{name} {vote_percent(share)}" for name, share in shares.items())
    return _shares(shares, max(shares, key=shares.__getitem__), f"Shares: {words}.", theme)


def _shares(shares: Mapping[str, float], coloured: str, alt: str, theme: Theme) -> Chart:
    y = {"field": "name", "type": "nominal", "sort": None, "axis": {"labelLimit": 150}}
    spec = share_bars(y, theme, 30 * len(shares) + 40, coloured="coloured", room=160)
    columns: dict[str, list[Any]] = {
        "name": list(shares),
        "share": [100 * share for share in shares.values()],
        "label": [vote_percent(share) for share in shares.values()],
        "coloured": [name == coloured for name in shares],
    }
    return Chart(spec, columns, alt)


def mistakes_figure(judged: Judged, theme: Theme) -> go.Figure:
    """(C, C) counts, rows the labels."""
    figure = confusion_figure(judged.confusion.numpy(), theme)
    names = list(judged.classes)
    most = max(1, int(judged.confusion.clone().fill_diagonal_(0).max()))  # where none is wrong, no colour
    tip = "Labelled %{y}, named %{x}: %{text}<extra></extra>"
    figure.update_traces(x=names, y=names, zmax=most, hovertemplate=tip)
    figure.update_layout(
        xaxis_title="It said",
        yaxis_title="Label",
        height=340,
        margin={"l": 110, "r": 10, "t": 10, "b": 52},
    )
    return figure


def mistakes_alt(judged: Judged) -> str:
    wrong = judged.confusion.clone().fill_diagonal_(0)
    if not int(wrong.sum()):
        return "Which class it takes for which: no mistakes."
    label, said = divmod(int(wrong.argmax()), len(judged.classes))
    names = judged.classes
    return f"Most often {names[label]} were named {names[said]}: {int(wrong.max())} times."


def calibration_chart(judged: Judged, theme: Theme) -> Chart:
    """A point for each range of how sure it is, as large as it holds pictures; on the line it is honest."""
    colours, bins = PALETTES[theme], calibration(judged)
    axis: Mapping[str, Any] = {"scale": {"domain": [0, 1], "nice": False}, "axis": {"format": "%"}}
    x = {"field": "sure", "type": "quantitative", "title": "How sure it is", **axis}
    y = {"field": "right", "type": "quantitative", "title": "How often it is right", **axis}
    ends = {"values": [{"sure": 0, "right": 0}, {"sure": 1, "right": 1}]}
    size = {
        "field": "count",
        "type": "quantitative",
        "legend": None,
        "scale": {"range": [60, 600], "domain": [1, judged.total]},
    }
    tip = [{"field": "words", "type": "nominal", "title": " "}]
    encoding = {"x": x, "y": y, "size": size, "tooltip": tip}
    spec = base_spec(theme, 260) | {
        "layer": [
            {
                "data": ends,
                "mark": {"type": "line", "color": colours.muted, "strokeDash": [4, 4]},
                "encoding": {"x": x, "y": y},
            },
            {"mark": {"type": "circle", "color": colours.train, "opacity": 0.9}, "encoding": encoding},
        ]
    }
    words = [f"{one.count} pictures, {percent(one.sure)} sure, {percent(one.right)} right" for one in bins]
    columns: dict[str, list[Any]] = {
        "sure": [one.sure for one in bins],
        "right": [one.right for one in bins],
        "count": [one.count for one in bins],
        "words": words,
    }
    return Chart(spec, columns, f"How sure against how often right: {'; '.join(words)}.")


def learning_curve_chart(curve: Curve, theme: Theme) -> Chart:
    """Mean accuracy over draws, with the spread between them."""
    colours = PALETTES[theme]
    x = {
        "field": "size",
        "type": "quantitative",
        "title": "Pictures of each class to learn from",
        "scale": {"type": "log", "domain": [0.9, max(2, curve.points[-1].per_class) * 1.1], "nice": False},
        "axis": {"values": [point.per_class for point in curve.points], "format": "d", "grid": False},
    }
    y = {
        "field": "mean",
        "type": "quantitative",
        "title": "Right among the rest",
        "scale": {"domain": [min(point.mean - point.spread for point in curve.points), 1], "nice": True},
        "axis": {"format": "%"},
    }
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    tip = [{"field": "words", "type": "nominal", "title": " "}]
    spec = base_spec(theme, 260) | {
        "layer": [
            {"mark": {"type": "area", "color": colours.val, "opacity": 0.2}, "encoding": band},
            {
                "mark": {"type": "line", "color": colours.val, "point": {"size": 60, "color": colours.val}},
                "encoding": {"x": x, "y": y, "tooltip": tip},
            },
        ]
    }
    shares = [
        (point.per_class, exact_percent(point.mean, 1), exact_percent(point.spread, 1))
        for point in curve.points
    ]
    words = [f"{size} each: {mean} ± {spread}" for size, mean, spread in shares]
    columns: dict[str, list[Any]] = {
        "size": [point.per_class for point in curve.points],
        "mean": [point.mean for point in curve.points],
        "low": [point.mean - point.spread for point in curve.points],
        "high": [min(1.0, point.mean + point.spread) for point in curve.points],
        "words": words,
    }
    return Chart(
        spec, columns, f"Accuracy by pictures of each class, {curve.draws} draws: {'; '.join(words)}."
    )


def misnamed(judged: Judged, limit: int) -> list[int]:
    """Places of the pictures that were named otherwise than labelled, the surest mistakes first."""
    wrong: Tensor = (judged.predictions != judged.labels).nonzero().flatten()
    order = judged.losses[wrong].argsort(descending=True)
    return [int(place) for place in wrong[order][:limit]]
