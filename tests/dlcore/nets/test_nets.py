"""Every network keeps the contract: digits in, ten logits out, weights from the seed alone."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from dlcore.errors import ConfigError
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets import registry
from dlcore.nets.registry import NETS, WITHOUT, NetName, build_model, count_parameters

PARAMETERS = {
    "SimpleCNN": 804_554,
    "FastCNN": 215_194,
    "SoftmaxRegression": 7_850,
    "BookMLP": 55_050,
    "LeNet5": 61_706,
    "SmallResNet": 35_274,
}


def inputs(count: int) -> Tensor:
    return NORMALIZE["mnist"](load_test().images[:count])


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_names_and_nets_are_the_same_set() -> None:
    assert {*NETS, "MyNetwork"} == set(get_args(NetName))
    assert set(NETS) == set(PARAMETERS)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("count", [1, 3])
def test_digits_in_ten_logits_out(net: NetName, count: int) -> None:
    logits = build_model(net)(inputs(count))
    assert logits.shape == (count, 10)
    assert logits.isfinite().all()
    assert (logits < 0).any(), "logits, not probabilities"


@pytest.mark.parametrize("net", NETS)
def test_parameters_are_as_its_docstring_says(net: NetName) -> None:
    assert count_parameters(build_model(net)) == PARAMETERS[net]
    assert f"{PARAMETERS[net]:,} parameters" in (NETS[net].__doc__ or "")


def test_the_small_net_is_small() -> None:
    assert PARAMETERS["FastCNN"] <= 300_000


@pytest.mark.parametrize("net", NETS)
def test_the_seed_decides_the_weights(net: NetName) -> None:
    assert same_weights(build_model(net, seed=3), build_model(net, seed=3))
    assert not same_weights(build_model(net, seed=3), build_model(net, seed=4))
    assert same_weights(build_model(net, seed=3), build_model(net, seed=3, dropout=0.5))


@pytest.mark.parametrize("net", NETS)
def test_building_leaves_the_process_wide_generator_alone(net: NetName) -> None:
    before = torch.get_rng_state()
    build_model(net, seed=5)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("net", NETS)
def test_every_parameter_learns(net: NetName) -> None:
    model = build_model(net)
    model(inputs(4)).square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("net", sorted(set(NETS) - set(WITHOUT["dropout"])))
def test_dropout_acts_in_training_only(net: NetName) -> None:
    model, images = build_model(net, dropout=0.5), inputs(4)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


@pytest.mark.parametrize("net", NETS)
def test_a_batch_is_its_images_one_by_one(net: NetName) -> None:
    model, images = build_model(net).eval(), inputs(4)
    one_by_one = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(model(images), one_by_one)


@pytest.mark.parametrize("net", NETS)
def test_torchscript_understands_it(net: NetName) -> None:
    model = build_model(net).eval()
    torch.testing.assert_close(torch.jit.script(model)(inputs(2)), model(inputs(2)))


def test_an_unknown_net_is_refused() -> None:
    with pytest.raises(
        ConfigError,
        match=r"^Network must be one of FastCNN, SimpleCNN, SoftmaxRegression, BookMLP, LeNet5, SmallResNet, "
        r"MyNetwork\. Got 'LeNet' instead\.$",
    ):
        build_model("LeNet")  # type: ignore[arg-type]


def test_a_net_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_PARAMETERS", 300_000)
    with pytest.raises(ConfigError, match=r"^Parameters must be at most 300,000\. Got 804,554 instead\.$"):
        build_model("SimpleCNN")
