"""What is seen of a layer: histograms that hold every number, factors that multiply to what arrives."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dlcore.playground.activations import NAMES
from dlcore.playground.twin import FUNCTIONS
from dlcore.signals.config import SignalsConfig
from dlcore.signals.curve import REACH, curve_of
from dlcore.signals.measures import BINS, edge, measure, spread_of
from dlcore.signals.stack import build, pass_through
from dlcore.signals.words import chain


@given(arrays(np.float32, st.integers(1, 60), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_every_number_is_in_its_bin(numbers: np.ndarray) -> None:
    spread = spread_of(torch.from_numpy(numbers)[:, None])
    sizes = np.abs(numbers[numbers != 0]).astype(float)
    assert spread.zeros == pytest.approx(float((numbers == 0).mean()))
    assert sum(spread.sizes) == len(sizes)
    for i, count in enumerate(spread.sizes):
        low, high = edge(spread.first + i), edge(spread.first + i + 1)
        assert count == int(((sizes >= low) & (sizes < high)).sum())
    assert sum(spread.values) == (len(numbers) if spread.most else 0)
    assert spread.rms == pytest.approx(math.sqrt(float((numbers.astype(float) ** 2).mean())), rel=1e-6)


def test_a_value_at_either_end_is_in_the_last_bin() -> None:
    spread = spread_of(torch.tensor([[-2.0, 0.0, 2.0]]))
    assert (spread.values[0], spread.values[BINS // 2], spread.values[-1]) == (1, 1, 1)


def test_what_is_no_number_is_in_no_bin() -> None:
    spread = spread_of(torch.tensor([[1.0, math.inf, math.nan]]))
    assert sum(spread.sizes) == 1
    assert spread.values == ()
    assert not math.isfinite(spread.rms)


@pytest.mark.parametrize("norm", ["none", "batch"])
@pytest.mark.parametrize("activation", NAMES)
def test_a_gradient_is_the_product_along_its_path(activation: str, norm: str) -> None:
    layers = measure(SignalsConfig(activation=activation, norm=norm, depth=8, width=16)).layers
    for place in range(len(layers)):
        end, product, here = chain(layers, place)
        assert end * product == pytest.approx(here, rel=1e-9)


def test_numbers_are_those_of_the_tensors() -> None:
    config = SignalsConfig(activation="relu", init="torch", depth=6, width=32)
    passed = pass_through(config, build(config))
    for layer, sums, gives, gradient in zip(
        measure(config).layers, passed.sums, passed.gives, passed.gradients, strict=True
    ):
        assert layer.norm == pytest.approx(float(gradient.norm()), rel=1e-5)
        assert layer.median == float(gradient.abs().median())
        assert layer.apart == pytest.approx(float(gives.double().std(dim=0, correction=0).norm() / 32**0.5))
        assert layer.dead == int((sums <= 0).all(dim=0).sum()) == int((gives == 0).all(dim=0).sum())
    assert max(layer.dead for layer in measure(config).layers) > 0, "there were some to be counted"


def test_flat_units_are_counted() -> None:
    stack = measure(SignalsConfig(activation="tanh", init="large", width=128, depth=3))
    assert stack.layers[1].slope < 0.1
    assert stack.layers[1].flat > 0.6, "most lies at -1 or 1, now of this unit, now of that"
    assert measure(SignalsConfig(activation="tanh", depth=3)).layers[1].saturated == 0
    assert max(layer.saturated for layer in measure(SignalsConfig(init="large", depth=12)).layers), (
        "a sigmoid's inputs have a mean: some of its units lie far out on every example"
    )


def test_the_measured_figures_stand() -> None:
    """The half-way gradients of layers 1 and 10 that the page's cards speak of, within a factor of 4."""
    for activation, init, first, last in (
        ("sigmoid", "xavier", 1.2e-9, 5.5e-4),
        ("sigmoid", "he", 1.6e-8, 4.7e-4),
        ("sigmoid", "tiny", 3e-19, 7e-4),
        ("tanh", "xavier", 7e-4, 6e-4),
        ("tanh", "large", 0.5, 7e-4),
        ("relu", "he", 2e-3, 3e-4),
    ):
        layers = measure(SignalsConfig(activation=activation, init=init)).layers
        for found, expected in ((layers[0].median, first), (layers[-1].median, last)):
            assert 1 / 4 < found / expected < 4, (activation, init)


# --- A function and its slope -------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_curve_and_its_slope_are_torchs(name: str) -> None:
    curve = curve_of(name)
    z = torch.linspace(-REACH, REACH, len(curve.values), dtype=torch.float64, requires_grad=True)
    gives = FUNCTIONS[name](z)
    (slope,) = torch.autograd.grad(gives.sum(), z)
    away = z.detach().abs() > 1e-9  # at a kink each has its own
    assert curve.values == pytest.approx(gives.tolist(), abs=1e-9)
    assert np.array(curve.slopes)[away] == pytest.approx(slope[away].numpy(), abs=1e-9)


def test_a_sigmoids_steepest_slope_is_a_quarter_at_0() -> None:
    curve = curve_of("sigmoid")
    assert curve.slopes[curve.steepest] == 0.25
    assert curve.steepest == len(curve.slopes) // 2
