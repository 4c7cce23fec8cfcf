"""Units switched off, dead units, kernels and their gradients, and the cards that read them."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlcore.errors import ConfigError
from dlcore.figures.effects import effects_chart
from dlcore.inspection.activations.cards import CARDS, ShownFlow
from dlcore.inspection.activations.filters import find_filters
from dlcore.inspection.activations.flow import trace
from dlcore.inspection.activations.look import LookConfig, find_place
from dlcore.inspection.activations.switching import Effect, Switching, iter_switching
from dlcore.inspection.activations.words import census_words, effect_words, off_words
from dlcore.inspection.listening import norms_behind
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import NetName, build_model
from tests.dlcore.inspection.nets import digit, few, network

DIGITS = 800


def switching(layer: str = "", units: tuple[int, ...] = (), *, count: int = DIGITS) -> Switching:
    model, normalize = network("FastCNN")
    *rest, last = iter_switching(model, few(count), normalize, layer, units)
    assert isinstance(last, Switching)
    assert tuple(e for e in rest if isinstance(e, Effect)) == last.effects
    return last


@pytest.fixture(scope="module")
def each() -> Switching:
    """Every map of conv1 in turn."""
    return switching("conv1", tuple(range(24)))


def test_off_is_as_if_nobody_read_it(each: Switching) -> None:
    """The same as setting the weights to 0 that read this map."""
    model, normalize = network("FastCNN")
    cut = copy.deepcopy(model)
    cut.conv2.weight.data[:, 17] = 0  # type: ignore[union-attr, index]
    digits = few(DIGITS)
    with torch.inference_mode():
        right = (cut(normalize(digits.images)).argmax(1) == digits.labels).numpy()
        whole = (model(normalize(digits.images)).argmax(1) == digits.labels).numpy()
    effect = each.effects[17]
    assert effect.unit == 17
    assert (each.correct, effect.correct) == (whole.sum(), right.sum())
    assert (effect.lost, effect.won) == ((whole & ~right).sum(), (right & ~whole).sum())
    assert effect.correct == each.correct - effect.lost + effect.won


def test_off_changes_the_answer_at_once() -> None:
    model, normalize = network("FastCNN")
    whole = trace(model, digit(0), normalize)
    without = trace(model, digit(0), normalize, [("conv1", 17), ("fc1", 3)])
    assert not without.named("relu1").after[17].any()
    assert without.named("fc1").after[3] == 0
    assert without.probabilities != whole.probabilities
    assert off_words(without.off) == "Switched off: conv1 18, fc1 4."


@pytest.mark.parametrize(
    ("net", "layer", "settings"),
    [
        ("SmallResNet", "conv2", {}),
        ("SmallResNet", "conv4", {}),
        ("FastCNN", "conv1", {"norm": "group"}),
        ("FastCNN", "fc1", {"norm": "group"}),
        ("MyNetwork", "conv2", {"layers": "conv 4x3, relu, conv 6x3, pool 2, norm, relu, dense 10"}),
    ],
)
def test_off_stays_silent_behind_a_norm(net: NetName, layer: str, settings: dict[str, Any]) -> None:
    model = build_model(net, seed=0, **settings).eval().requires_grad_(False)
    for module in model.modules():
        if isinstance(module, nn.GroupNorm):
            module.bias.fill_(3)  # as a norm may learn: it lifts what it reads above 0
    for unit in range(len(model.get_submodule(layer).get_parameter("weight"))):
        flow = trace(model, digit(0), NORMALIZE["half"], [(layer, unit)])
        last = [operation for operation in flow.operations if operation.layer == layer][-1]
        assert last.kind == "relu"
        assert not last.after[unit].any(), unit


def test_what_a_skip_brings_to_a_norm_stays() -> None:
    """Behind a sum with a skip, what goes past the layer is not the layer's to silence."""
    model = build_model("SmallResNet", seed=0, norm="group")
    assert norms_behind(model) == {"conv1": ["conv1_norm"], "conv2": ["norm2"], "conv4": ["norm4"]}


def test_dead_units_are_those_that_give_0_on_every_digit(each: Switching) -> None:
    model, normalize = network("FastCNN")
    with torch.inference_mode():
        maps = F.relu(model.pool(model.conv1(normalize(few(DIGITS).images))))  # type: ignore[operator]
        maps = F.relu(model.pool(model.conv2(maps)))  # type: ignore[operator]
        said = F.relu(model.fc1(maps.flatten(1))) > 0  # type: ignore[operator]
    census = each.census("fc1")
    assert census is not None
    assert census.total == DIGITS
    assert census.speaking == tuple(said.sum(0).tolist())
    assert census.dead == tuple(np.flatnonzero(~said.any(0).numpy()))
    assert f"{len(census.dead)} of the 256" in census_words(each, "fc1")
    assert "No dead unit" in census_words(each, "conv1")
    assert "none of its units" in census_words(each, "fc2")


@pytest.mark.parametrize(
    ("layer", "unit", "sentence"),
    [
        ("conv7", 0, r"^Layer must be one of conv1, conv2, fc1, fc2\. Got 'conv7' instead\.$"),
        ("conv1", 24, r"^Unit of conv1 must be a whole number from 1 to 24\. Got 25 instead\.$"),
    ],
)
def test_a_unit_that_is_not_there_is_a_sentence(layer: str, unit: int, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        switching(layer, (unit,), count=1)


def test_the_gradient_of_the_filters_lowers_the_loss() -> None:
    """A small step against it does what it promises, and the first order foretells by how much."""
    model, normalize = network("FastCNN")
    operation = trace(model, digit(8), normalize).named("conv1")
    found = find_filters(model, digit(8), normalize, operation, 0, 3)  # a label that makes a large loss
    assert found.whole_layer
    assert found.weights.shape == found.gradients.shape == (24, 5, 5)
    moved = copy.deepcopy(model).double()
    step = 1e-4
    moved.conv1.weight.data[:, 0] -= step * torch.from_numpy(found.gradients)  # type: ignore[union-attr, index]
    image = normalize(torch.from_numpy(digit(8).copy())[None, None]).double()
    after = float(F.cross_entropy(moved(image), torch.tensor([3])))
    promised = found.loss - step * float((found.gradients**2).sum())
    assert after < found.loss
    assert after == pytest.approx(promised, abs=0.2 * (found.loss - promised))


@pytest.mark.parametrize(
    ("name", "tiles"), [("conv2", (24, 3, 3)), ("fc1", (32, 5, 5)), ("fc2", (256, 1, 1))]
)
def test_deeper_weights_are_those_of_one_unit(name: str, tiles: tuple[int, ...]) -> None:
    model, normalize = network("FastCNN")
    found = find_filters(model, digit(0), normalize, trace(model, digit(0), normalize).named(name), 4, 7)
    assert not found.whole_layer
    assert found.weights.shape == found.gradients.shape == tiles


def test_weights_loss_and_gradient_are_of_the_same_network() -> None:
    model, normalize = network("FastCNN")
    off = [("conv1", 3), ("fc1", 5)]
    flow = trace(model, digit(0), normalize, off)
    found = find_filters(model, digit(0), normalize, flow.named("conv1"), 3, 3, flow.off)
    assert not found.weights[3].any()
    assert found.loss == pytest.approx(-np.log(flow.probabilities[3]), rel=1e-4)
    whole = find_filters(model, digit(0), normalize, flow.named("conv1"), 3, 3)
    assert found.loss != whole.loss


# --- Cards ------------------------------------------------------------------------------------


def seen(look: LookConfig, result: Switching | None = None, net: str = "FastCNN") -> ShownFlow:
    model, normalize = network(net)
    flow = trace(model, digit(0), normalize)
    return ShownFlow(flow, find_place(flow, look), result)


@pytest.mark.parametrize("net", ["FastCNN", "SimpleCNN"])
def test_a_kernel_over_blank_paper_is_not_0(net: str) -> None:
    look = LookConfig(**CARDS["blank"].setup)
    findings = [CARDS["blank"].see(seen(look.replace(unit=unit), net=net)) for unit in range(1, 25)]
    assert all(finding is not None for finding in findings)
    assert sum(finding is not None and finding.shown for finding in findings) >= 20
    assert sum(finding is not None and finding.right == "Something else" for finding in findings) >= 18
    assert CARDS["blank"].see(seen(look.replace(row=8, column=10), net=net)) is None, "there is ink"


def test_most_filters_of_conv1_are_hardly_missed(each: Switching) -> None:
    finding = CARDS["off"].see(seen(LookConfig(), each))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Under 0.3 points"
    assert CARDS["off"].see(seen(LookConfig())) is None
    words = effect_words(each, "map")
    assert "The costliest of 24 maps of conv1 is map" in words
    chart = effects_chart(each.effects, each.correct, each.total, "conv1", "map", "light")
    assert chart.columns["unit"] == list(range(1, 25))
    assert chart.columns["points"] == [each.points(effect) for effect in each.effects]
    assert "of 24 maps" in chart.alt


@pytest.mark.parametrize(
    ("correct", "told"),
    [
        ((97, 99), "the largest loss is 1.00 points."),
        ((99, 100), "none is missed."),
        ((98, 98), "none is missed."),
    ],
)
def test_the_chart_of_a_dense_layer_speaks_of_units_and_of_a_loss_only_where_there_is_one(
    correct: tuple[int, int], told: str
) -> None:
    effects = [Effect(unit, right, 0, 0) for unit, right in enumerate(correct)]
    chart = effects_chart(effects, 98, 100, "fc1", "unit", "light")
    assert chart.alt.startswith("Accuracy on 100 test images without one unit of fc1: ")
    assert chart.alt.endswith(f"of 2 units; {told}")
    encoding = chart.spec["encoding"]
    assert encoding["x"]["title"] == "Unit of fc1 that is switched off"
    assert [part.get("title") for part in encoding["tooltip"]][0::2] == ["unit", "images now wrong"]


def test_some_units_of_fc1_are_dead(each: Switching) -> None:
    finding = CARDS["dead"].see(seen(LookConfig(operation="fc1"), each))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Some"
    assert CARDS["dead"].see(seen(LookConfig(), each)) is None
