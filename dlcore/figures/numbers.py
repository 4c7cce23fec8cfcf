"""Small tables of numbers, each cell in the colour of its sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlcore.figures.digits import signed_colours
from dlcore.figures.palette import PALETTES, Theme

SIGNS = ("×", "=")
FAINT = 4.0  # how much fainter than in a picture, so that the numbers can be read


def numbers_html(tables: Sequence[tuple[str, NDArray[np.float64]]], theme: Theme) -> str:
    """Titled (h, w) tables in a row that wraps, × and = between them."""
    parts = [
        _table(("", *SIGNS)[min(number, len(SIGNS))], title, values, theme)
        for number, (title, values) in enumerate(tables)
    ]
    return (
        f'<div role="region" tabindex="0" aria-label="{tables[0][0]}, number by number" '
        f'style="overflow-x:auto;color:{PALETTES[theme].text}">'
        f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(parts)}</div></div>'
    )


def _table(sign: str, title: str, values: NDArray[np.float64], theme: Theme) -> str:
    limit = FAINT * (float(np.abs(values).max()) or 1.0)
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="padding:2px 5px;text-align:right;background:rgb({_css(colour)})">{value:.2f}</td>'
            for value, colour in zip(row, signed_colours(row, theme, limit), strict=True)
        )
        + "</tr>"
        for row in values
    )
    return (
        f'<div style="display:flex;gap:8px;align-items:center"><div style="font-size:22px">{sign}</div>'
        f'<div><div style="font-size:14px;line-height:22px">{title}</div>'
        f'<table style="border-collapse:collapse;font:14px/1.4 monospace">{rows}</table></div></div>'
    )


def _css(colour: NDArray[np.float64]) -> str:
    return ",".join(str(round(part)) for part in colour)
