"""The stack against torch's own modules: the same gradients, for every choice."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dlcore.playground.activations import ACTIVATIONS
from dlcore.signals.config import SignalsConfig
from dlcore.signals.curve import PLACES, curve_of
from dlcore.signals.script import script_text
from dlcore.signals.stack import INITS, build_stack, forward, measure, rms

MODULES: dict[str, Any] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "linear": nn.Identity,
    "leaky": nn.LeakyReLU,
    "gelu": lambda: nn.GELU("tanh"),
}
CONFIGS = st.builds(
    SignalsConfig,
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    init=st.sampled_from(sorted(INITS)),
    depth=st.integers(1, 6),
    width=st.integers(4, 20),
    seed=st.integers(0, 9),
)


@settings(max_examples=40, deadline=None)
@given(CONFIGS)
def test_gradients_are_those_of_torchs_modules(config: SignalsConfig) -> None:
    stack = build_stack(config, torch.float64)
    layers: list[nn.Module] = []
    for _ in range(config.depth):
        layers += [nn.Linear(config.width, config.width), MODULES[config.activation]()]
    model = nn.Sequential(*layers, nn.Linear(config.width, 10)).double()
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, weight, bias in zip(linears, stack.weights, stack.biases, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    loss = nn.CrossEntropyLoss()(model(stack.inputs), stack.targets)
    loss.backward()
    ours, _, _ = forward(stack)
    found = torch.autograd.grad(ours, stack.weights)
    assert ours.item() == pytest.approx(loss.item(), rel=1e-12)
    for gradient, layer in zip(found, linears, strict=True):
        assert layer.weight.grad is not None
        torch.testing.assert_close(gradient, layer.weight.grad, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("norm", ["none", "layer", "batch"])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("init", ["he", "torch"])
def test_the_script_prints_the_same_gradients(norm: Any, residual: bool, init: Any) -> None:
    config = SignalsConfig(
        activation="relu", init=init, depth=4, width=12, norm=norm, residual=residual, seed=2
    )
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(script_text(config), {})
    sizes = [float(size) for size in re.findall(r"gradient (\S+)", printed.getvalue())]
    assert sizes == pytest.approx([layer.gradient for layer in measure(config).layers], rel=6e-3)


def test_what_comes_back_is_the_product_of_what_each_layer_multiplies_by() -> None:
    config = SignalsConfig(activation="tanh", depth=6, width=16)
    stack = build_stack(config)
    loss, _, flows = forward(stack)
    first, last = torch.autograd.grad(loss, [flows[0], flows[-1]])
    gains = [layer.gain for layer in measure(config).layers]
    assert np.prod(gains) == pytest.approx(rms(first) / rms(last), rel=1e-6)


def test_the_same_config_gives_the_same_numbers_and_leaves_torchs_generator_alone() -> None:
    before = torch.random.get_rng_state()
    first, again = measure(SignalsConfig()), measure(SignalsConfig())
    assert torch.equal(before, torch.random.get_rng_state())
    assert [layer.gradient for layer in first.layers] == [layer.gradient for layer in again.layers]
    other = measure(SignalsConfig(seed=1))
    assert other.layers[0].gradient != first.layers[0].gradient


def test_dead_units_and_flat_slopes_are_counted() -> None:
    dead = measure(SignalsConfig(activation="relu", init="zero", depth=2))
    assert [layer.dead for layer in dead.layers] == [1.0, 1.0]
    flat = measure(SignalsConfig(activation="tanh", init="large", depth=2, width=128))
    assert flat.layers[0].flat > 0.5
    assert measure(SignalsConfig(activation="tanh", init="tiny", depth=2)).layers[0].flat == 0


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_curve_has_the_slope_that_a_small_step_measures(name: str) -> None:
    curve = curve_of(name)
    assert len(curve.sums) == len(curve.gives) == len(curve.slopes) == PLACES
    measured = np.gradient(curve.gives, curve.sums)
    near_a_kink = np.abs(curve.sums) < 0.1
    assert measured[~near_a_kink][1:-1] == pytest.approx(curve.slopes[~near_a_kink][1:-1], abs=2e-3)


def test_sigmoid_is_never_steeper_than_a_quarter() -> None:
    assert curve_of("sigmoid").steepest == 0.25
