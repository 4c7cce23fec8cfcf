"""The wall shows every operation once, frames what is looked at, and its colours are the house's."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlcore.figures.digits import tiles_image
from dlcore.figures.maps import Sheet, picture, terms, wall
from dlcore.figures.numbers import numbers_html
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.activations.arithmetic import work_out
from dlcore.inspection.activations.flow import trace
from dlcore.inspection.activations.look import LookConfig, find_place
from tests.dlcore.inspection.nets import NETS, digit, network


def pixels(sheet: Sheet) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet.uri.partition(",")[2]))).convert("RGB"))


@pytest.mark.parametrize("net", NETS)
def test_the_wall_has_every_operation_and_one_frame(net: str) -> None:
    model, normalize = network(net)
    flow = trace(model, digit(0), normalize)
    place = find_place(flow, LookConfig(operation="relu1", unit=10))
    sheets = [sheet for row in wall(flow, place, "light") for sheet in row]
    assert [sheet.id for sheet in sheets] == [operation.name for operation in flow.operations]
    for sheet in sheets:
        assert sheet.rows * sheet.columns >= sheet.count == flow.named(sheet.id).units
        high, wide, _ = pixels(sheet).shape
        assert high % sheet.rows == wide % sheet.columns == 0, "equal cells: a click finds the right one"
        assert sheet.alt
    (framed,) = [sheet for sheet in sheets if sheet.boxes]
    (box,) = framed.boxes
    assert (framed.id, box.row * framed.columns + box.column) == ("relu1", 9)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_zero_is_the_background_and_the_ends_are_the_two_signs(theme: Theme) -> None:
    image = tiles_image(np.array([[[-2.0, 0.0, 2.0]]], np.float32), theme, columns=1)
    colours = PALETTES[theme]
    wanted = [colours.negative, colours.background, colours.positive]
    found = ["#" + "".join(f"{part:02X}" for part in row) for row in np.asarray(image.convert("RGB"))[0]]
    assert found == wanted


def test_the_window_frames_what_the_number_was_made_of() -> None:
    model, normalize = network("FastCNN")
    flow = trace(model, digit(0), normalize)
    place = find_place(flow, LookConfig(operation="pool1", unit=3, row=5, column=6))
    cell = work_out(place.operation, place.unit, place.row, place.column)
    assert (cell.window.row, cell.window.column, cell.window.height) == (8, 10, 2)
    ((reads, gives),) = picture(find_place(flow, LookConfig(operation="relu3", unit=40)), "light")
    assert {(box.row, box.column) for sheet in (reads, gives) for box in sheet.boxes} == {(1, 7)}
    place = find_place(flow, LookConfig(operation="conv2", unit=3))
    cell = work_out(place.operation, place.unit, place.row, place.column)
    (three,) = terms(place, cell, "dark")
    assert [sheet.rows * sheet.columns for sheet in three] == [24, 24, 24]
    html = numbers_html((("It read", cell.patch[0]), ("Kernel", np.array([[-0.5]]))), "dark")
    assert f">{cell.patch[0, 0, 0]:.2f}</td>" in html
    assert ">-0.50</td>" in html
