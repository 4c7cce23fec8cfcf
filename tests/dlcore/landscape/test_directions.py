"""Directions on the scale of the weights."""

from __future__ import annotations

import pytest
import torch

from dlcore.errors import ConfigError
from dlcore.landscape.directions import (
    Normalisation,
    Weights,
    difference,
    filter_norms,
    flat,
    random_direction,
    unflat,
    weights_of,
)
from dlcore.nets.registry import NETS, NetName, build_model


def drawn(weights: Weights, seed: int = 0, **how: object) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return random_direction(weights, generator, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("net", NETS)
def test_each_filter_has_the_norm_of_the_networks_own(net: NetName) -> None:
    weights = weights_of(build_model(net, seed=1))
    for name, value in drawn(weights).items():
        if value.dim() > 1:
            torch.testing.assert_close(filter_norms(value), filter_norms(weights[name]))
            assert not torch.allclose(value, weights[name])
        else:
            assert not value.any(), "biases stay"


@pytest.mark.parametrize("fix_biases", [True, False])
def test_other_scales(fix_biases: bool) -> None:
    weights = weights_of(build_model("FastCNN", seed=1))

    def by(normalisation: Normalisation) -> dict[str, torch.Tensor]:
        return drawn(weights, normalisation=normalisation, fix_biases=fix_biases)

    layer, weight, none, filters = by("layer"), by("weight"), by("none"), by("filter")
    for name, value in weights.items():
        if value.dim() == 1 and fix_biases:
            assert not any(each[name].any() for each in (layer, weight, none, filters))
            continue
        torch.testing.assert_close(layer[name].norm(), value.norm())
        torch.testing.assert_close(weight[name], none[name] * value)
        if value.numel() > 100:
            assert float(none[name].std()) == pytest.approx(1, rel=0.2)
        torch.testing.assert_close(filters[name].norm(), value.norm())


def test_a_filter_of_zeros_does_not_move() -> None:
    weights = {"conv.weight": torch.zeros(2, 1, 3, 3), "fc.weight": torch.ones(3, 4)}
    direction = drawn(weights)
    assert not direction["conv.weight"].any()
    assert direction["fc.weight"].isfinite().all()


def test_the_seed_alone_decides() -> None:
    weights = weights_of(build_model("FastCNN", seed=1))
    before = torch.get_rng_state()
    one, again, other = drawn(weights), drawn(weights), drawn(weights, seed=1)
    assert all(torch.equal(one[name], again[name]) for name in weights)
    assert not torch.equal(one["fc1.weight"], other["fc1.weight"])
    assert torch.equal(before, torch.get_rng_state())


def test_a_copy_is_a_copy() -> None:
    model = build_model("FastCNN", seed=1)
    weights = weights_of(model)
    weights["fc1.weight"].zero_()
    assert model.get_parameter("fc1.weight").any()


def test_flat_is_by_name_and_comes_back() -> None:
    weights = weights_of(build_model("FastCNN", seed=1))
    vector = flat(weights)
    assert vector.dtype == torch.float64
    turned = dict(reversed(weights.items()))
    assert torch.equal(vector, flat(turned))
    back = unflat(vector, turned)
    assert all(torch.equal(back[name], value) for name, value in weights.items())


def test_two_architectures_have_no_difference() -> None:
    one, other = (weights_of(build_model(net)) for net in ("FastCNN", "SimpleCNN"))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"^Networks on one plane must be of one architecture: choose"):
        difference(one, other)
