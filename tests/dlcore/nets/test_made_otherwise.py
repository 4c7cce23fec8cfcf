"""The lab's networks with another activation or other first weights."""

from __future__ import annotations

import gc
import inspect
import re
import sys
from typing import get_args

import pytest
import torch
from torch import nn

from dlcore.inspection.structure.structure import inspect_model
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.first_weights import DRAWN_BY, FirstWeights
from dlcore.nets.made import class_from
from dlcore.nets.registry import NETS, WITHOUT, NetName, build_model
from dlcore.nets.variants import ACTIVATION_TITLES, CALLED, ActivationName
from dlcore.training.config import TrainConfig

OTHERS = [name for name in get_args(ActivationName) if name != "relu"]
HIDDEN = sorted(set(NETS) - set(WITHOUT["activation"]))


def test_every_name_has_its_words_and_its_call() -> None:
    assert set(get_args(ActivationName)) == set(ACTIVATION_TITLES) == set(CALLED)
    assert {"torch", *DRAWN_BY} == set(get_args(FirstWeights))


@pytest.mark.parametrize("net", HIDDEN)
@pytest.mark.parametrize("activation", OTHERS)
def test_another_activation_computes_other_numbers_from_the_same_weights(
    net: NetName, activation: ActivationName
) -> None:
    digits = NORMALIZE["mnist"](load_test().images[:3])
    usual, other = build_model(net).eval(), build_model(net, activation=activation).eval()
    assert all(map(torch.equal, usual.state_dict().values(), other.state_dict().values()))
    assert not torch.allclose(usual(digits), other(digits))
    source = inspect.getsource(type(other))
    assert f"{CALLED[activation]}(" in source
    assert "F.relu(" not in source
    assert type(other).__name__ == net
    assert inspect_model(other).num_params == inspect_model(usual).num_params


@pytest.mark.parametrize("activation", OTHERS)
def test_it_is_the_network_that_a_hand_would_write(activation: ActivationName) -> None:
    model, digits = build_model("BookMLP", activation=activation).eval(), load_test().images[:3] / 255
    layers = [module for module in model.children() if isinstance(module, nn.Linear)]
    name = CALLED[activation].removeprefix("F.")
    x = digits.flatten(1)
    for layer in layers[:-1]:
        x = getattr(nn.functional, name)(layer(x))
    assert torch.equal(model(digits), layers[-1](x))
    assert torch.equal(torch.jit.script(model)(digits), model(digits))


@pytest.mark.parametrize("net", sorted(set(NETS) - set(WITHOUT["norm"])))
def test_with_a_norm_every_hidden_layer_speaks_of_each_image_with_mean_0_and_deviation_1(
    net: NetName,
) -> None:
    digits = NORMALIZE["mnist"](load_test().images[:3])
    usual, normed = build_model(net, seed=5).eval(), build_model(net, seed=5, norm="group").eval()
    drawn = normed.state_dict()
    assert all(torch.equal(value, drawn[name]) for name, value in usual.state_dict().items())
    norms = {name: module for name, module in normed.named_modules() if isinstance(module, nn.GroupNorm)}
    layers = [name for name, module in usual.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert list(norms) == [f"{name}_norm" for name in layers[:-1]]  # all but the one that gives the logits
    given = list[torch.Tensor]()
    for norm in norms.values():
        norm.register_forward_hook(lambda module, inputs, output: given.append(output.flatten(1)))
    together = normed(digits)
    for numbers in given:
        torch.testing.assert_close(numbers.mean(1), torch.zeros(3), atol=1e-4, rtol=0)
        torch.testing.assert_close(numbers.std(1, correction=0), torch.ones(3), atol=1e-2, rtol=0)
    torch.testing.assert_close(together[1:2], normed(digits[1:2]))  # nothing of the other images
    told = re.search(r"([\d,]+) parameters", str(type(normed).__doc__))
    assert told is not None
    assert int(told[1].replace(",", "")) == inspect_model(normed).num_params


def test_a_norm_before_another_activation_is_the_network_that_a_hand_would_write() -> None:
    model, x = build_model("BookMLP", activation="tanh", norm="group").eval(), load_test().images[:3] / 255
    by_hand = x.flatten(1)
    for name in ("fc1", "fc2"):
        sums = model.get_submodule(name)(by_hand)
        by_hand = torch.tanh(nn.functional.layer_norm(sums, sums.shape[1:]))
    torch.testing.assert_close(model(x), model.get_submodule("fc3")(by_hand))
    torch.testing.assert_close(torch.jit.script(model)(x), model(x))


def test_where_there_is_none_to_choose_it_stands_as_usual() -> None:
    for name, value in (("dropout", 0.3), ("activation", "tanh"), ("norm", "group")):
        for net in WITHOUT[name]:
            assert getattr(TrainConfig(**{"net": net, name: value}), name) == getattr(TrainConfig(), name)


def test_the_same_name_is_the_same_class() -> None:
    assert type(build_model("LeNet5", activation="tanh")) is type(build_model("LeNet5", activation="tanh"))
    assert type(build_model("LeNet5")) is NETS["LeNet5"]


def test_a_class_from_text_is_forgotten_with_its_last_user() -> None:
    made = class_from("from torch import nn\n\n\nclass Here(nn.Module):\n    pass\n", "Here", "here.py")
    module = made.__module__
    assert module in sys.modules
    assert "class Here" in inspect.getsource(made)
    del made
    gc.collect()
    assert module not in sys.modules


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("first_weights", DRAWN_BY)
def test_first_weights_are_as_their_name_says(net: NetName, first_weights: FirstWeights) -> None:
    model, again = (
        build_model(net, seed=3, first_weights=first_weights),
        build_model(net, seed=3, first_weights=first_weights),
    )
    assert all(map(torch.equal, model.state_dict().values(), again.state_dict().values()))
    assert {p.requires_grad for p in model.parameters()} == {True}
    for layer in model.modules():
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        assert not layer.bias.any()
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        spread = {
            "xavier": (2 / (fan_in + fan_out)) ** 0.5,
            "he": (2 / fan_in) ** 0.5,
            "tiny": 0.01,
            "large": 1.0,
            "zero": 0.0,
        }[first_weights]
        few = 4 / layer.weight.numel() ** 0.5
        assert float(layer.weight.detach().std(correction=0)) == pytest.approx(spread, rel=few)
