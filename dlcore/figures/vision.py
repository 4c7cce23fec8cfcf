"""A photograph with its crop, the names it was given, and where the network looked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.digits import data_uri
from dlcore.figures.maps import Box, Sheet
from dlcore.figures.palette import PALETTES, Theme
from dlcore.vision.photos import photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import SIDE, Prepared
from dlcore.vision.recogniser import Guess
from dlcore.words import vote_percent

THUMB, COLUMNS = 72, 6  # pixels and pictures in a row of the contact sheet


@cache
def _contact_sheet() -> str:
    rows = -(-len(photos()) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * THUMB, rows * THUMB))
    for number, photo in enumerate(photos()):
        small = read_picture(photo.path.read_bytes())
        side = min(small.size)
        left, top = (small.width - side) // 2, (small.height - side) // 2
        small = small.crop((left, top, left + side, top + side)).resize((THUMB, THUMB))
        sheet.paste(small, (number % COLUMNS * THUMB, number // COLUMNS * THUMB))
    return data_uri(sheet)


def contact_sheet(chosen: str | None) -> Sheet:
    """All photographs that come along; the chosen one is framed."""
    names = [photo.name for photo in photos()]
    boxes: tuple[Box, ...] = ()
    if chosen in names:
        row, column = divmod(names.index(chosen), COLUMNS)
        boxes = (Box(row, column),)
    return Sheet(
        id="photos",
        title="",
        note="Click a photograph",
        uri=_contact_sheet(),
        rows=-(-len(names) // COLUMNS),
        columns=COLUMNS,
        count=len(names),
        alt=f"{len(names)} photographs: {', '.join(name.replace('_', ' ') for name in names)}",
        width=COLUMNS * THUMB,
        boxes=boxes,
    )


def cropped_picture(prepared: Prepared, theme: Theme) -> Image.Image:
    """The resized picture; what the network never sees is paler, the rest framed."""
    left, top = prepared.corner
    picture = Image.blend(prepared.resized, Image.new("RGB", prepared.resized.size, "white"), 0.6)
    picture.paste(prepared.cropped, (left, top))
    frame = ImageDraw.Draw(picture)
    frame.rectangle((left, top, left + SIDE - 1, top + SIDE - 1), outline=PALETTES[theme].train, width=3)
    return picture


def looked_picture(prepared: Prepared, says: Tensor) -> Image.Image:
    """The crop; bright where the (7, 7) places spoke for the class, dark where they did not."""
    parts = says.clamp(min=0).numpy()
    share = (255 * parts / (parts.max() or 1)).astype(np.uint8)
    mask = Image.fromarray(share).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    dark = Image.blend(prepared.cropped, Image.new("RGB", (SIDE, SIDE), "black"), 0.8)
    return Image.composite(prepared.cropped, dark, mask)


def guesses_chart(guesses: Sequence[Guess], theme: Theme) -> Chart:
    """A bar for each of the likeliest classes, the first in colour."""
    colours = PALETTES[theme]
    position: dict[str, Any] = {
        "y": {
            "field": "name",
            "type": "nominal",
            "title": None,
            "sort": None,
            "axis": {
                "labelFontSize": 15,
                "labelColor": colours.text,
                "ticks": False,
                "domain": False,
                "labelLimit": 170,
            },
        },
        "x": {
            "field": "share",
            "type": "quantitative",
            "title": "Share (%)",
            "scale": {"domain": [0, 165], "nice": False},
            "axis": {"values": [0, 50, 100], "grid": False},
        },
    }
    colour = {"condition": {"test": "datum.first", "value": colours.train}, "value": colours.muted}
    spec = base_spec(theme, 28 * len(guesses) + 40) | {
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.7}}, "encoding": position | {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 14, "color": colours.text},
                "encoding": position | {"text": {"field": "label"}},
            },
        ]
    }
    columns: dict[str, list[Any]] = {
        "name": [guess.name for guess in guesses],
        "share": [100 * guess.share for guess in guesses],
        "label": [vote_percent(guess.share) for guess in guesses],
        "first": [number == 0 for number in range(len(guesses))],
    }
    words = ", ".join(f"{guess.name} {vote_percent(guess.share)}" for guess in guesses)
    return Chart(spec, columns, f"The {len(guesses)} likeliest of a thousand classes: {words}.")
