"""A window's way in pictures: what it slides over, what it makes, and what ReLU leaves of that."""

from __future__ import annotations

from dlcore.datasets.catalogue import DIGITS
from dlcore.figures.digits import data_uri, digit_image, tiles_image
from dlcore.figures.maps import Sheet
from dlcore.figures.palette import Theme
from dlcore.inspection.activations.flow import Flow
from dlcore.inspection.activations.look import Place
from dlcore.inspection.activations.slide import Onward, Slide
from dlcore.inspection.listening import Floats
from dlcore.words import percent, shape_words

WIDEST = 480  # pixels of all pictures together, at most 17 for a number


def slide_sheets(flow: Flow, place: Place, slide: Slide, theme: Theme) -> tuple[Sheet, ...]:
    """Side by side at one scale: a map that halves is half as large."""
    sheets = [_reads(flow, place, slide, theme), _gives(slide, theme)]
    if slide.onward and slide.onward[-1].kind == "relu":
        sheets.append(_left(slide.onward[-1], theme))
    return tuple(sheets)


def _reads(flow: Flow, place: Place, slide: Slide, theme: Theme) -> Sheet:
    maps = len(slide.operation.before)
    if place.index == 0:
        uri = data_uri(digit_image(flow.pixels, 28))
        note = "the digit" if flow.names == DIGITS else "the image"
    else:
        most = ", says most overall" if slide.kernel is not None else ""
        uri, note = _pixels(slide.reads, theme), f"map {slide.source + 1} of {maps}{most}"
    alt = f"What {slide.operation.name} reads, with the window that slides over it: {note}"
    return _sheet("reads", "It reads", note, uri, slide.reads, alt)


def _gives(slide: Slide, theme: Theme) -> Sheet:
    operation, values = slide.operation, slide.gives
    note = f"{operation.name}, map {slide.unit + 1}"
    alt = (
        f"Map {slide.unit + 1} of {operation.units} of {operation.name}, {shape_words(values.shape)}: "
        f"numbers from {values.min():+.2f} to {values.max():+.2f}"
    )
    return _sheet("gives", "It gives", note, _pixels(values, theme), values, alt)


def _left(relu: Onward, theme: Theme) -> Sheet:
    zeros = percent(float((relu.gives == 0).mean()))
    alt = f"What {relu.name} leaves of the map, {shape_words(relu.gives.shape)}: {zeros} are 0"
    return _sheet("left", "After ReLU", relu.name, _pixels(relu.gives, theme), relu.gives, alt)


def _sheet(name: str, title: str, note: str, uri: str, values: Floats, alt: str) -> Sheet:
    rows, columns = values.shape
    live = 0 if name == "left" else values.size
    return Sheet(name, title, note, uri, rows, columns, live, alt, WIDEST)


def _pixels(values: Floats, theme: Theme) -> str:
    """(H, W), a pixel a number."""
    return data_uri(tiles_image(values[None], theme, columns=1))
