"""The window on its way: its numbers add up to torch's at every place, and so does what follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlcore.figures.slide import slide_sheets
from dlcore.inspection.activations.arithmetic import work_out
from dlcore.inspection.activations.cell_words import name_of
from dlcore.inspection.activations.flow import Flow, trace
from dlcore.inspection.activations.look import LookConfig, Place, find_place
from dlcore.inspection.activations.slide import Slide, slide_over
from dlcore.inspection.activations.words import unknown_words
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from tests.dlcore.inspection.nets import NETS, digit, network


@pytest.fixture(scope="module", params=NETS)
def flow(request: pytest.FixtureRequest) -> Flow:
    model, normalize = network(request.param)
    return trace(model, digit(0), normalize)


def slides(flow: Flow) -> list[tuple[Place, Slide]]:
    """Over a map of every operation that has maps."""
    places = [find_place(flow, LookConfig(operation=o.name, unit=5)) for o in flow.operations]
    found = [(place, slide_over(flow, place)) for place in places]
    return [(place, slide) for place, slide in found if slide is not None]


def test_the_window_goes_over_every_map_and_over_nothing_else(flow: Flow) -> None:
    names = [place.operation.name for place, _ in slides(flow)]
    assert names == [o.name for o in flow.operations if o.after.shape[1:] != (1, 1)]


def test_at_every_place_it_adds_up_to_what_torch_made(flow: Flow) -> None:
    for place, slide in slides(flow):
        for row, column in np.ndindex(*slide.gives.shape):
            cell = work_out(place.operation, place.unit, row, column)
            assert slide.gives[row, column] == cell.torch
            if slide.kernel is None:
                assert slide.others[row, column] == slide.bias == 0
                continue
            products = cell.patch[slide.source] * slide.kernel
            assert products.sum() == pytest.approx(cell.by_map[slide.source])
            total = products.sum() + slide.others[row, column] + slide.bias
            assert total == pytest.approx(cell.torch, abs=1e-4)


def test_the_map_it_looks_at_says_most(flow: Flow) -> None:
    for place, slide in slides(flow):
        if slide.kernel is None:
            assert slide.source == place.unit
            continue
        cells = [work_out(place.operation, place.unit, *at) for at in np.ndindex(*slide.gives.shape)]
        assert slide.source == np.abs([cell.by_map for cell in cells]).sum(0).argmax()


def test_what_goes_on_is_what_the_next_steps_made_of_it(flow: Flow) -> None:
    found = {place.operation.name: slide.onward for place, slide in slides(flow)}
    assert [(step.name, step.side) for step in found["conv1"]] == [("pool1", 2), ("relu1", 2)]
    assert [(step.name, step.side) for step in found["pool1"]] == [("relu1", 1)]
    assert found["relu1"] == ()
    assert all(step.follows for steps in found.values() for step in steps)
    pool, relu = found["conv1"]
    conv = flow.named("conv1").after[5 - 1]
    for row, column in np.ndindex(*pool.gives.shape):
        block = conv[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        assert pool.gives[row, column] == block.max()
        assert relu.gives[row, column] == max(0, block.max())


def test_a_norm_between_is_owned_up_to_and_the_relu_reads_what_it_made() -> None:
    model = build_model("FastCNN", seed=1, norm="group").eval()
    flow = trace(model, digit(0), NORMALIZE["mnist"])
    slide = slide_over(flow, find_place(flow, LookConfig(operation="conv1", unit=5)))
    assert slide is not None
    pool, relu = slide.onward
    assert (pool.follows, relu.follows) == (True, False)
    assert not np.array_equal(relu.reads, pool.gives)
    assert np.array_equal(relu.gives, np.maximum(relu.reads, 0))
    assert "FastCNN also does group norm:" in unknown_words(flow)


def test_of_letters_it_reads_an_image(flow: Flow) -> None:
    place = find_place(flow, LookConfig(operation="conv1"))
    letters = replace(flow, names=tuple("ABCDEFGHIJ"))
    for told, note in ((flow, "the digit"), (letters, "the image")):
        slide = slide_over(told, place)
        assert slide is not None
        assert slide_sheets(told, place, slide, "light")[0].note == note
    last = find_place(flow, LookConfig(operation="softmax", unit=5))
    assert (name_of(flow, last), name_of(letters, last)) == ("softmax, digit 4", "softmax, E")


def test_its_pictures_are_at_one_scale_and_only_what_can_be_chosen_is_live(flow: Flow) -> None:
    for place, slide in slides(flow):
        reads, gives, *left = slide_sheets(flow, place, slide, "light")
        assert (reads.rows, reads.columns) == slide.reads.shape
        assert (gives.rows, gives.columns, gives.count) == (*slide.gives.shape, slide.gives.size)
        assert {sheet.width for sheet in (reads, gives, *left)} == {gives.width}
        assert [sheet.count for sheet in left] == [0] * bool(slide.onward)
        assert all(sheet.alt for sheet in (reads, gives, *left))
