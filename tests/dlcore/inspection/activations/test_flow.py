"""A digit's way: every operation is there with what torch itself makes of it, and its sums add up by hand."""

from __future__ import annotations

import re
import threading
from decimal import Decimal

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlcore.inspection.activations.arithmetic import over_paper, work_out
from dlcore.inspection.activations.cell_words import (
    check_words,
    formula,
    largest_terms,
    marked_source,
    name_of,
    picture_words,
    softmax_rows,
)
from dlcore.inspection.activations.flow import Flow, trace
from dlcore.inspection.activations.look import LookConfig, Place, before_relu, find_place, look_through, move
from dlcore.inspection.activations.words import unknown_words
from dlcore.inspection.listening import Kind, listen
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from tests.dlcore.inspection.nets import NETS, digit, network

NAMES = {
    "FastCNN": "conv1 pool1 relu1 conv2 pool2 relu2 fc1 relu3 fc2 softmax",
    "SimpleCNN": "conv1 pool1 relu1 fc1 relu2 fc2 softmax",
}


@pytest.fixture(scope="module", params=NETS)
def flow(request: pytest.FixtureRequest) -> Flow:
    model, normalize = network(request.param)
    return trace(model, digit(0), normalize)


def test_every_operation_is_there_in_order(flow: Flow) -> None:
    assert " ".join(operation.name for operation in flow.operations) == NAMES[flow.net]
    for earlier, later in zip(flow.operations, flow.operations[1:], strict=False):
        assert np.array_equal(earlier.after, later.before), "each reads what the one before it gave"


def test_it_gives_what_the_network_gives(flow: Flow) -> None:
    model, normalize = network(flow.net)
    logits = model(normalize(torch.from_numpy(digit(0))[None, None]))
    assert torch.equal(torch.from_numpy(flow.named("fc2").after[:, 0, 0]), logits[0])
    assert sum(flow.probabilities) == pytest.approx(1)
    assert flow.digit == int(logits.argmax())


@pytest.mark.parametrize("kind", ["conv", "pool", "relu", "dense", "softmax"])
def test_our_arithmetic_is_torchs(flow: Flow, kind: Kind) -> None:
    """Corners, edges and the middle of every operation of this kind, each worked out from its own window."""
    for operation in (o for o in flow.operations if o.kind == kind):
        units, height, width = operation.after.shape
        for unit in {0, units // 2, units - 1}:
            for row, column in {(0, 0), (height // 2, width // 2), (height - 1, width - 1), (0, width - 1)}:
                cell = work_out(operation, unit, row, column)
                assert cell.value == pytest.approx(cell.torch, rel=1e-4, abs=1e-5), operation.name
                if cell.kernel is not None:
                    assert cell.terms.sum() + cell.bias == pytest.approx(cell.value)


def test_one_cell_of_each_kind_by_the_definition() -> None:
    """Not by our own window: torch on the very patch."""
    model, normalize = network("FastCNN")
    flow = trace(model, digit(0), normalize)
    image = normalize(torch.from_numpy(digit(0))[None, None])
    conv = work_out(flow.named("conv1"), 3, 6, 9)
    by_torch = F.conv2d(image[:, :, 6:11, 9:14], model.conv1.weight[3:4], model.conv1.bias[3:4])  # type: ignore
    assert conv.value == pytest.approx(float(by_torch), abs=1e-5)
    assert conv.patch[0].tolist() == image[0, 0, 6:11, 9:14].tolist()
    maps = torch.from_numpy(flow.named("conv1").after)
    assert work_out(flow.named("pool1"), 3, 4, 5).value == float(maps[3, 8:10, 10:12].max())
    assert work_out(flow.named("relu1"), 3, 4, 5).value == max(0.0, float(flow.named("pool1").after[3, 4, 5]))
    dense = work_out(flow.named("fc1"), 7, 0, 0)
    flat = torch.from_numpy(flow.named("relu2").after).flatten()
    assert dense.value == pytest.approx(
        float(F.linear(flat, model.fc1.weight[7:8], model.fc1.bias[7:8])), abs=1e-4
    )  # type: ignore
    logits = torch.from_numpy(flow.named("fc2").after[:, 0, 0]).double()
    assert work_out(flow.named("softmax"), 7, 0, 0).value == pytest.approx(float(logits.softmax(0)[7]))


def test_the_source_is_the_line_that_ran(flow: Flow) -> None:
    for operation in flow.operations:
        line = operation.source.text.splitlines()[operation.source.line]
        word = {"pool": "pool", "relu": "relu"}.get(operation.kind, operation.name)
        assert word in line
        (marked,) = [one for one in marked_source(operation).splitlines() if one.startswith("▶")]
        assert line in marked
        with open(operation.source.file) as file:
            assert file.read().splitlines()[operation.source.number - 1].strip() == line.strip()


def test_over_paper_is_the_bias_and_paper_times_the_weights(flow: Flow) -> None:
    """Blank is −1 with "half", −0.42 with "mnist", so no kernel sees nothing."""
    operation = flow.named("conv1")
    paper = {"FastCNN": -0.1307 / 0.3081, "SimpleCNN": -1.0}[flow.net]
    assert flow.paper == pytest.approx(paper)
    cell = work_out(operation, 2, 1, 1)
    assert np.allclose(cell.patch, paper)
    assert over_paper(operation, 2, flow.paper) == pytest.approx(cell.torch, abs=1e-5)


class Other(nn.Module):
    """What no operation of the page is, before, between and after those that are; dropout does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.fc1 = nn.Linear(4 * 26 * 26, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.dropout(F.relu(self.norm(self.conv1(x * 2)) + 1), training=self.training)
        x = self.fc1(x.flatten(1))
        return torch.tanh(x)


def test_what_cannot_be_shown_is_said() -> None:
    flow = trace(Other(), digit(0), NORMALIZE["half"])
    assert [operation.name for operation in flow.operations] == ["conv1", "relu1", "fc1", "softmax"]
    assert flow.unknown == ("mul", "batch_norm", "add", "tanh")
    assert "Other also does mul, batch norm, add and tanh:" in unknown_words(flow)


def test_of_the_labs_networks_everything_is_shown(flow: Flow) -> None:
    assert flow.unknown == ()
    assert unknown_words(flow) == ""


def test_many_threads_hear_only_themselves() -> None:
    model, normalize = network("FastCNN")
    image = normalize(torch.from_numpy(digit(0))[None, None])
    heard: list[int] = []
    together = threading.Barrier(4)

    def one() -> None:
        together.wait()
        heard.extend(len(listen(model, image)[0]) for _ in range(10))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [9] * 40  # the softmax is not the network's


# --- Where one looks --------------------------------------------------------------------------


def test_a_place_that_is_not_there_becomes_the_nearest(flow: Flow) -> None:
    place = find_place(flow, LookConfig(operation="relu1", unit=4000, row=28, column=28))
    units, height, width = flow.named("relu1").after.shape
    assert (place.unit, place.row, place.column) == (units - 1, height - 1, width - 1)
    assert find_place(flow, LookConfig(operation="conv9")).operation.name == "conv1"


def test_another_map_of_one_size_keeps_the_pixel(flow: Flow) -> None:
    look = LookConfig(operation="pool1", unit=2, row=5, column=6, depth="arithmetic")
    same = move(flow, look, "relu1", 7)
    assert (same.operation, same.unit, same.row, same.column) == ("relu1", 8, 5, 6)
    other = move(flow, look, "conv1", 7)
    assert (other.row - 1, other.column - 1) == flow.named("conv1").strongest(7)
    assert {same.depth, other.depth} == {"arithmetic"}


def test_a_window_laid_on_a_pixel_holds_it(flow: Flow) -> None:
    for operation in flow.operations:
        height, reach = operation.before.shape[1], operation.size // 2
        if operation.kind not in ("conv", "pool", "relu") or height == 1:
            continue
        for row in (reach, height // 2, height - 1 - reach):
            window = work_out(operation, 0, *look_through(operation, row, row)).window
            assert window.row <= row < window.row + window.height, operation.name
        edge = operation.after.shape[1] - 1
        assert look_through(operation, height - 1, 0) == (edge, 0), "no further than the map goes"


def test_a_map_that_relu_emptied_leads_to_what_it_cut() -> None:
    model, normalize = network("FastCNN")
    flow = trace(model, digit(0), normalize, [("conv1", 3)])
    assert before_relu(flow, find_place(flow, LookConfig(operation="relu1", unit=4))) == "pool1"
    assert before_relu(flow, find_place(flow, LookConfig(operation="relu1", unit=5))) is None
    assert before_relu(flow, find_place(flow, LookConfig(operation="pool1", unit=4))) is None


# --- In words ---------------------------------------------------------------------------------


def test_the_words_hold_the_sum(flow: Flow) -> None:
    place = find_place(flow, LookConfig(operation="fc1", unit=8))
    cell = work_out(place.operation, 7, 0, 0)
    products, bias, value = re.findall(r"-?\d+\.\d+", formula(place, cell))
    assert float(value) == pytest.approx(cell.value, abs=5e-5)
    sign = "-" if cell.bias < 0 else ""
    assert Decimal(products) + Decimal(sign + bias) == Decimal(value), "what is written adds up"
    assert f"torch {cell.torch:+.6f}" in check_words(cell)
    total = sum(float(row["= product"]) for row in largest_terms(cell))
    assert total == pytest.approx(cell.total, abs=0.002)
    shares = softmax_rows(work_out(flow.named("softmax"), 0, 0, 0))
    assert sum(float(row["Share"].rstrip(" %")) for row in shares) == pytest.approx(100, abs=0.1)


def test_ten_maps_or_hidden_units_are_no_digits_and_a_pool_says_its_window() -> None:
    layers = "conv 10x5, relu, pool 3, dense 10, relu, dense 10"
    flow = trace(build_model("MyNetwork", layers=layers), digit(0), NORMALIZE["half"])

    def at(operation: str) -> Place:
        return find_place(flow, LookConfig(operation=operation, unit=4, row=2, column=3))

    names = {operation.name: name_of(flow, at(operation.name)) for operation in flow.operations}
    assert names["conv1"] == "conv1, map 4, row 2, column 3"
    assert (names["fc1"], names["relu2"]) == ("fc1, unit 4", "relu2, unit 4")
    assert (names["fc2"], names["softmax"]) == ("fc2, digit 3", "softmax, digit 3")
    said = "Of every 3×3 numbers the largest goes on: the map's sides are divided by 3."
    assert picture_words(at("pool1")).endswith(said)


def test_before_training_it_works_too() -> None:
    model, _ = network("SimpleCNN")
    assert trace(model, np.zeros((28, 28), np.uint8), NORMALIZE["mnist"]).paper == pytest.approx(
        -0.4242, abs=1e-4
    )
