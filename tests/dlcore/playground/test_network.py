"""The network of the playground against torch: the same outputs, the same gradient, for every choice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore.playground.activations import ACTIVATIONS, NAMES
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.network import (
    Network,
    first_weights,
    losses,
    matrices,
    num_params,
    outputs_from,
    sums_of,
)
from dlcore.playground.points import make_points
from dlcore.playground.twin import FUNCTIONS, blame_of, torch_loss

CONFIGS = st.builds(
    lambda layers, activation, loss, data, seed: PlaygroundConfig(
        layers=" ".join(map(str, layers)),
        activation=activation,
        loss=loss,
        data=data,
        seed=seed,
        init="xavier",
        inputs="x1 x2 x1x2",
    ),
    st.lists(st.integers(1, 8), max_size=6),
    st.sampled_from(sorted(NAMES)),
    st.sampled_from(["square", "entropy"]),
    st.sampled_from(["circle", "plane"]),
    st.integers(0, 99),
)


@settings(max_examples=60, deadline=None)
@given(CONFIGS)
def test_the_chain_rule_gives_what_autograd_gives(config: PlaygroundConfig) -> None:
    draw = np.random.default_rng(1)
    flat = draw.normal(0, 0.7, num_params(config.sizes))
    inputs, targets = draw.normal(0, 1, (3, 7)), np.sign(draw.normal(0, 1, (1, 7)))
    network = Network(config, flat, 7)
    outputs = network.forward(inputs)
    network.backward(targets)
    leaf = torch.tensor(flat, requires_grad=True)
    loss = torch_loss(config, leaf, inputs, targets)
    loss.backward()
    assert leaf.grad is not None
    assert losses(config, network.layers[-1].sums, targets).mean() == pytest.approx(loss.item(), rel=1e-6)
    scale = float(leaf.grad.abs().max())
    assert network.gradient / 7 == pytest.approx(leaf.grad.numpy(), rel=1e-9, abs=1e-9 * scale + 1e-14)
    assert outputs_from(config, sums_of(config, flat[None], inputs)[0]) == pytest.approx(
        outputs[0], rel=1e-12
    )


@settings(max_examples=30, deadline=None)
@given(CONFIGS, st.floats(0, 1))
def test_three_ways_lead_to_one_gradient(config: PlaygroundConfig, share: float) -> None:
    points, weights = make_points(config.replace(points=40)), first_weights(config)
    place = int(share * (len(weights) - 1))
    blame = blame_of(config, weights, points, place)
    scale = float(np.abs(blame.gradient).max()) + 1e-12
    assert blame.chain == pytest.approx(blame.autograd, rel=1e-9, abs=1e-9 * scale)
    assert blame.chain == pytest.approx(float((blame.read * blame.blame).mean()), rel=1e-9, abs=1e-12)
    if not {"relu", "leaky"} & set(config.hidden_activations):  # else a kink may lie between
        assert blame.measured == pytest.approx(blame.chain, rel=1e-4, abs=1e-6 * scale + 1e-10)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_slope_is_what_a_small_step_measures(name: str) -> None:
    z = np.array([-3.0, -1.1, -0.2, 0.3, 1.7, 4.0])
    low, high, gives, slope = (np.empty_like(z) for _ in range(4))
    activation = ACTIVATIONS[name]
    activation.of(z - 1e-6, low)
    activation.of(z + 1e-6, high)
    activation.of(z, gives)
    activation.slope(z, gives, slope)
    assert slope == pytest.approx((high - low) / 2e-6, rel=1e-4, abs=1e-9)
    assert gives == pytest.approx(FUNCTIONS[name](torch.tensor(z)).numpy(), abs=1e-12)


def test_first_weights_are_drawn_as_they_are_named() -> None:
    def weights(init: str) -> np.ndarray[Any, Any]:
        config = PlaygroundConfig(layers="8 8 8 8", init=init)
        return np.concatenate([m[:-1].ravel() for m in matrices(first_weights(config), config.sizes)[1:]])

    assert np.abs(weights("uniform")).max() <= 0.5
    assert weights("tiny").std() == pytest.approx(0.01, rel=0.2)
    assert weights("large").std() == pytest.approx(1.0, rel=0.2)
    assert weights("he").std() == pytest.approx(0.5, rel=0.2)  # √(2 / 8)
    assert np.abs(weights("torch")).max() <= 1 / np.sqrt(8)
    assert not weights("zero").any()
    assert (first_weights(PlaygroundConfig()) == first_weights(PlaygroundConfig())).all()
