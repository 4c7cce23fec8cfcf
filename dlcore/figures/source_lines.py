"""A function's own source with the time of each line beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dlcore.figures.palette import PALETTES, Palette, Theme
from dlcore.inspection.python_profile.stopwatch import TimedLine
from dlcore.words import percent

BAR = 72  # pixels of the longest bar
PADDING = "padding:0 12px 0 0"
HEAD = (("Line", "right"), ("Time", "right"), ("", "left"), ("Source", "left"), ("Runs", "right"))


def source_html(lines: Sequence[TimedLine], seconds: float, theme: Theme) -> str:
    """A table: line number, share of `seconds` as number and bar, runs, source. Blue: layer 1.

    Wider than the page, it scrolls within itself.
    """
    colours = PALETTES[theme]
    longest = max((line.own for line in lines), default=0.0) or 1.0
    head = "".join(
        f'<th style="text-align:{side};font-weight:normal;color:{colours.muted};{PADDING}">{name}</th>'
        for name, side in HEAD
    )
    rows = "".join(_row(line, seconds, longest, colours) for line in lines)
    style = f"border-collapse:collapse;font:14px/1.5 monospace;color:{colours.text}"
    return (
        f'<div role="region" tabindex="0" aria-label="Time of each line of {escape(lines[0].function)}" '
        f'style="overflow-x:auto"><table style="{style}"><tr>{head}</tr>{rows}</table></div>'
    )


def _row(line: TimedLine, seconds: float, longest: float, colours: Palette) -> str:
    share = line.own / seconds
    cell = '<td style="text-align:right;white-space:nowrap;' + PADDING + '{}">{}</td>'
    quiet = f";color:{colours.muted}"
    timed = ("<1 %" if share < 0.01 else percent(share)) if line.runs else ""
    code = colours.muted if line.source.lstrip().startswith(("#", '"""')) or not line.runs else colours.text
    weight = "bold" if share >= 0.05 else "normal"
    style = f"white-space:pre;{PADDING};color:{code};font-weight:{weight}"
    return (
        "<tr>"
        + cell.format(quiet, line.number)
        + cell.format(f";font-weight:{weight}", escape(timed))
        + f'<td style="{PADDING}">{_bar(line, longest, colours)}</td>'
        + f'<td style="{style}">{escape(line.source)}</td>'
        + cell.format(quiet, f"{line.runs:,}" if line.runs else "")
        + "</tr>"
    )


def _bar(line: TimedLine, longest: float, colours: Palette) -> str:
    first = line.by_object[0] if line.by_object else 0.0
    parts = ((colours.train, first), (colours.muted, line.own - first))
    bars = "".join(
        f'<span style="background:{colour};width:{BAR * seconds / longest:.1f}px"></span>'
        for colour, seconds in parts
        if BAR * seconds / longest >= 0.5
    )
    return f'<span style="display:flex;height:12px;width:{BAR}px">{bars}</span>'
