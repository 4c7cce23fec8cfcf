"""A few digits in large tiles, and under each what a network says of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from dlcore.datasets.catalogue import DIGITS, noun_for
from dlcore.figures.digits import data_uri, digit_image
from dlcore.figures.palette import PALETTES, Theme
from dlcore.words import vote_percent

COLUMNS = 6  # on any screen: two rows of twelve fit a phone's first screen too
LARGEST = 96  # pixels of a side
GRID = (
    f"display:grid;grid-template-columns:repeat({COLUMNS},minmax(0,{LARGEST}px));"
    "gap:8px;font-size:.875rem;line-height:1.25"
)
PICTURE = (
    "display:block;box-sizing:border-box;width:100%;aspect-ratio:1;image-rendering:pixelated;"
    "border-radius:4px"
)

Looks = Sequence[Sequence[float]]  # of each image one probability per digit


def answers(looks: Looks) -> list[int]:
    """What it takes each image for."""
    return [max(range(len(look)), key=look.__getitem__) for look in looks]


def judged_html(
    images: Sequence[NDArray[np.uint8]],
    labels: Sequence[int],
    looks: Looks,
    theme: Theme,
    names: Sequence[str] = DIGITS,
) -> str:
    """(28, 28) images with their labels, which have these names.

    A wrong answer is red and has a red frame, a right one no colour.
    """
    colours, noun = PALETTES[theme], noun_for(names)
    tiles = []
    for pixels, label, look, said in zip(images, labels, looks, answers(looks), strict=True):
        right = said == label
        frame = f"2px solid {colours.grid}" if right else f"3px solid {colours.wrong}"
        colour = colours.text if right else colours.wrong
        tiles.append(
            f'<figure style="margin:0;text-align:center;color:{colour}">'
            f'<img src="{data_uri(digit_image(pixels, len(pixels)))}" '
            f'alt="A test {noun}, a {escape(names[label])}, read as {escape(names[said])}" '
            f'style="{PICTURE};border:{frame}">'
            f'<figcaption><b style="font-size:1.125rem">{"✓" if right else "✗"} {escape(names[said])}</b><br>'
            f'<span style="white-space:nowrap">{vote_percent(look[said], brief=True)}</span>'
            "</figcaption></figure>"
        )
    return f'<div class="judged" style="{GRID}">{"".join(tiles)}</div>'
