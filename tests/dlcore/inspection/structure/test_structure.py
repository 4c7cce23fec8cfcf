"""What a network is made of: our sums against torchinfo's, torch's own counts and numbers known by hand."""

from __future__ import annotations

import pytest
import torch
import torchinfo
from torch import nn

from dlcore.inspection.activations.flow import trace
from dlcore.inspection.structure.cards import CARDS, layer_meant
from dlcore.inspection.structure.counts import count
from dlcore.inspection.structure.structure import QUANTITIES, Structure, inspect_model, painted
from dlcore.inspection.structure.words import about_biases, headline
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import NETS, build_model, count_parameters
from dlcore.words import percent
from tests.dlcore.inspection.nets import digit

FOUND = {net: inspect_model(build_model(net, dropout=0.3)) for net in NETS}


def test_a_norm_works_at_each_place_and_torchinfo_counts_its_weights() -> None:
    found = FOUND["SmallResNet"]
    assert found.named("norm2").counts.multiply_adds == 16 * 14 * 14
    assert "of a norm each weight once" in about_biases(found)
    assert found.num_params == found.torchinfo_parameters


@pytest.mark.parametrize("net", sorted(set(NETS) - {"SmallResNet"}))
def test_our_sums_are_torchs_and_torchinfos(net: str) -> None:
    model, found = build_model(net), FOUND[net]
    assert found.num_params == found.torchinfo_parameters == count_parameters(model)
    biases = 0
    summary = torchinfo.summary(model, (1, 1, 28, 28), mode="eval", verbose=0, device="cpu")
    rows = [row for row in summary.summary_list if row.is_leaf_layer]
    modules = [layer for layer in found.layers if layer.module]
    for row, layer in zip(rows, modules, strict=True):
        assert layer.name.split()[0] in (row.var_name, f"{row.var_name}1", f"{row.var_name}2")
        assert layer.output == tuple(row.output_size[1:])
        assert layer.counts.num_params == (0 if row.is_recursive else row.num_params)
        places = row.output_size[2] * row.output_size[3] if len(row.output_size) == 4 else 1
        bias = getattr(row.module, "bias", None)
        own = places * bias.numel() if bias is not None else 0
        assert layer.counts.multiply_adds == row.macs - own
        biases += own
    assert found.torchinfo_multiply_adds == found.multiply_adds + biases
    assert f"{biases:,} here" in about_biases(found)


@pytest.mark.parametrize("net", NETS)
def test_every_sum_that_is_shown_is_the_number_beside_it(net: str) -> None:
    """The words are computed once more, as a reader would."""
    for layer in FOUND[net].layers:
        for words, number in (
            (layer.counts.parameters_why, layer.counts.num_params),
            (layer.counts.multiply_adds_why, layer.counts.multiply_adds),
            (layer.memory_why(3), layer.memory(3)),
        ):
            if "=" not in words:
                assert words.startswith("0:")
                assert number == 0
                continue
            left, right = words.replace("B", "").split("=")
            assert eval(left.replace("·", "*"), {"__builtins__": {}}) == int(right.replace(",", "")) == number


def test_the_lessons_numbers() -> None:
    found = FOUND["SimpleCNN"]
    conv, pool = found.named("conv1"), found.named("pool1")
    assert conv.counts.parameters_why == "32·(1·3·3 + 1) = 320"
    assert conv.counts.multiply_adds_why == "28·28·32·(1·3·3) = 225,792"
    assert (pool.input, pool.output, pool.counts.num_params) == ((32, 28, 28), (32, 14, 14), 0)
    holds, works = found.shares("parameters"), found.shares("multiply_adds")
    assert [percent(holds[name]) for name in ("conv1", "fc1")] == ["0.04 %", "99.8 %"]
    assert [percent(works[name]) for name in ("conv1", "fc1")] == ["22 %", "78 %"]


def test_in_the_shipped_net_who_holds_most_does_not_do_most() -> None:
    found = FOUND["FastCNN"]
    assert (found.most("parameters").name, found.most("multiply_adds").name) == ("fc1", "conv2")
    assert headline(found) == "**fc1** holds 95 % of the parameters. **conv2** does 56 % of the work."
    both = headline(FOUND["SimpleCNN"])
    assert both.startswith(
        "**fc1** holds 99.8 % of the parameters and does 78 % of the work. **conv1** holds 0.04 %"
    )


def test_functions_of_forward_are_steps_that_torchinfo_does_not_list() -> None:
    found = FOUND["SimpleCNN"]
    assert [layer.name for layer in found.layers if not layer.module] == ["relu1", "flatten1", "relu2"]


def test_a_step_that_hands_on_what_it_got_puts_out_nothing_new() -> None:
    found = FOUND["FastCNN"]
    assert found.named("dropout1").memory(64) == 0
    assert "hands on" in found.named("dropout1").memory_why(64)
    assert found.named("conv1").memory(2) == 2 * 24 * 24 * 24 * 4


def test_weights_used_twice_are_counted_once() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3, padding=1, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(self.conv(x))

    found = inspect_model(Twice())
    assert [layer.counts.num_params for layer in found.layers] == [9, 0]
    assert found.num_params == found.torchinfo_parameters == 9
    assert found.multiply_adds == found.torchinfo_multiply_adds == 2 * 28 * 28 * 9


def test_modules_beyond_the_labs_nets_are_counted_too() -> None:
    grouped = count(nn.Conv2d(4, 8, 3, groups=2), (8, 5, 5))
    assert grouped.parameters_why == "8·(2·3·3 + 1) = 152"
    norm = count(nn.BatchNorm2d(6), (6, 4, 4))
    assert (norm.num_params, norm.parameters_why) == (12, "6 + 6 = 12")
    assert count(nn.Sigmoid(), (3,)).num_params == 0


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_paint_gives_each_step_its_part(quantity: str) -> None:
    found = FOUND["FastCNN"]
    times = {layer.name: float(i) for i, layer in enumerate(found.layers)}
    paint = painted(found, quantity, batch_size=64, times=times)
    assert sum(paint.shares.values()) == pytest.approx(1)
    assert list(paint.words) == [layer.name for layer in found.layers]
    most = max(paint.shares, key=paint.shares.__getitem__)
    assert (most, paint.words[most]) == {
        "multiply_adds": ("conv2", "691,200"),
        "parameters": ("fc1", "205,056"),
        "memory": ("conv1", "3.5 MB"),
        "time": ("fc2", "10 ms"),
    }[quantity]


def test_time_that_was_not_measured_is_not_shown() -> None:
    paint = painted(FOUND["FastCNN"], "time", batch_size=64)
    assert not any(paint.shares.values())
    assert set(paint.words.values()) == {""}


def test_steps_are_called_as_a_digits_operations_are() -> None:
    for net in NETS:
        flow = trace(build_model(net), digit(0), NORMALIZE["half"])
        operations = [operation.name for operation in flow.operations[:-1]]
        steps = [layer.name for layer in FOUND[net].layers]
        others = ("flatten", "dropout", "norm", "add")  # the digit's page shows what comes before and after
        assert [step for step in steps if not step.startswith(others)] == operations


def test_a_first_layer_of_thousands_is_not_the_hundreds_of_its_card() -> None:
    wide = nn.Sequential(nn.Conv2d(1, 64, 5), nn.Flatten(), nn.Linear(64 * 24 * 24, 10))
    finding = CARDS["first"].see(inspect_model(wide))
    assert finding is not None
    assert not finding.shown


def test_a_first_layer_of_fewer_than_a_hundred_bears_out_no_answer() -> None:
    small = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))
    finding = CARDS["first"].see(inspect_model(small))
    assert finding is not None
    assert finding.text.endswith("= 80.")
    assert (finding.shown, finding.right) == (False, "")


# --- Cards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("name", CARDS)
def test_a_cards_effect_shows_in_every_net_it_speaks_of(net: str, name: str) -> None:
    finding = CARDS[name].see(FOUND[net])
    dense = net in ("SoftmaxRegression", "BookMLP")
    if dense or (name == "most" and net != "FastCNN"):
        assert finding is None
        return
    if net in ("LeNet5", "SmallResNet"):  # smaller: its first convolution does more of less
        assert finding.shown or name == "work"
        return
    assert finding is not None
    assert finding.shown
    assert finding.right == {"first": "Hundreds", "work": "Over 20 %", "most": "No"}[name]


def test_the_cards_numbers() -> None:
    def said(name: str, found: Structure) -> str:
        finding = CARDS[name].see(found)
        assert finding is not None
        return finding.text

    assert said("first", FOUND["SimpleCNN"]) == "conv1: 32·(1·3·3 + 1) = 320."
    assert "conv1 holds 0.04 % of the parameters and does 22 %" in said("work", FOUND["SimpleCNN"])
    assert "fc1 holds 95 % of the parameters; conv2 does 56 %" in said("most", FOUND["FastCNN"])
    assert layer_meant(FOUND["FastCNN"], "first") == "conv1"
    assert layer_meant(FOUND["FastCNN"], "busiest") == "conv2"
