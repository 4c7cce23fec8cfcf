"""A photograph with its crop, the names it was given, and where the network looked."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from dlcore.figures.bars import share_bars
from dlcore.figures.chart import Chart
from dlcore.figures.digits import data_uri
from dlcore.figures.maps import Box, Sheet
from dlcore.figures.palette import PALETTES, Theme
from dlcore.vision.photos import photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import Prepared
from dlcore.vision.recogniser import Guess
from dlcore.words import vote_percent

THUMB, COLUMNS = 72, 6  # pixels and pictures in a row of the contact sheet
LOOKED = 336  # pixels of a picture of where a network looked: a multiple of 7 and 14
PALE, FULL = 0.45, 0.85  # how far the grey picture steps back, how much of the colour covers it at most
BACK: Mapping[Theme, str] = {"light": "white", "dark": "black"}  # so that the hue stands out on it
HOVER = "Point at a place: its number"


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


@dataclass(frozen=True)
class CropSquare:
    """A picture as a data URI, and the square of it that is read: all in pixels of the picture."""

    uri: str
    size: tuple[int, int]
    side: int
    corner: tuple[int, int]
    label: str


def crop_square(prepared: Prepared, what: str) -> CropSquare:
    """The resized picture with its square; `what` says what it shows."""
    buffer = io.BytesIO()
    prepared.resized.save(buffer, "WEBP", quality=80, method=2)
    uri = "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
    return CropSquare(uri, prepared.resized.size, prepared.side, prepared.corner, f"{what}, the square read")


def looked_sheet(
    prepared: Prepared, values: NDArray[np.float32], unit: str, title: str, theme: Theme
) -> Sheet:
    """The crop in grey, each of its (h, w) places coloured by how much it speaks for the class.

    One hue, clear where nothing speaks for it; the place that says most has the full colour. Hovering says
    each number.
    """
    high, wide = values.shape
    most = float(values.max())
    strength = np.clip(values / most, 0, 1) if most > 0 else np.zeros_like(values)
    mask = Image.fromarray((255 * FULL * strength).astype(np.uint8)).resize(
        (LOOKED, LOOKED), Image.Resampling.NEAREST
    )
    grey = prepared.cropped.convert("L").convert("RGB").resize((LOOKED, LOOKED), Image.Resampling.BICUBIC)
    grey = Image.blend(grey, Image.new("RGB", grey.size, BACK[theme]), PALE)
    hue = Image.new("RGB", grey.size, PALETTES[theme].positive)
    row, column = divmod(int(values.argmax()), wide)
    return Sheet(
        id="looked",
        title=title,
        note=HOVER,
        uri=data_uri(Image.composite(hue, grey, mask)),
        rows=high,
        columns=wide,
        count=0,
        alt=f"{title}: {high}×{wide} places. The most: {most:.3g}{unit}, row {row + 1}, column {column + 1}",
        width=LOOKED,
        boxes=(Box(row, column),) if most > 0 else (),
        tips=tuple(
            f"Row {1 + at // wide}, column {1 + at % wide}: {value:+.3g}{unit}"
            for at, value in enumerate(values.flatten().tolist())
        ),
    )


def looked_scale(theme: Theme) -> Image.Image:
    """From nothing to the full colour, over the middle grey of the picture."""
    share = np.linspace(0, FULL, 160, dtype=np.float32)[None, :, None]
    hue = np.array(ImageColor.getrgb(PALETTES[theme].positive), np.float32)
    back = ImageColor.getrgb(BACK[theme])[0]
    middle = np.float32(back * PALE + 127 * (1 - PALE))
    return Image.fromarray(np.repeat(share * hue + (1 - share) * middle, 14, 0).astype(np.uint8))


def guesses_chart(guesses: Sequence[Guess], theme: Theme) -> Chart:
    """A bar for each of the likeliest classes, the first in colour."""
    y = {"field": "name", "type": "nominal", "sort": None, "axis": {"labelFontSize": 15, "labelLimit": 170}}
    spec = share_bars(y, theme, 28 * len(guesses) + 40, coloured="first", room=165)
    columns: dict[str, list[Any]] = {
        "name": [guess.name for guess in guesses],
        "share": [100 * guess.share for guess in guesses],
        "label": [vote_percent(guess.share) for guess in guesses],
        "first": [number == 0 for number in range(len(guesses))],
    }
    words = ", ".join(f"{guess.name} {vote_percent(guess.share)}" for guess in guesses)
    return Chart(spec, columns, f"The {len(guesses)} likeliest of a thousand classes: {words}.")
