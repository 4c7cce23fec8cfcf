"""The network written out: its shapes, its numbers at the edge, and what a nudge moves."""

from __future__ import annotations

import math
import random
from copy import deepcopy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from dlcore.blackpatch.network import Dense, Network, build_network, cross_entropy, sigmoid
from dlcore.blackpatch.training import TrainState, train_step
from dlcore.events import drained

SHAPES = [[81, 56, 1], [9, 5, 4, 1], [4, 3, 3, 3, 3, 1]]


def an_image(pixels: int, seed: int = 0) -> list[float]:
    chance = random.Random(seed)
    return [chance.random() for _ in range(pixels)]


def numbers(network: Network) -> list[float]:
    return [w for layer in network.layers for row in [*layer.weights, layer.biases] for w in row]


# --- Shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("widths", SHAPES)
def test_every_layer_has_its_shape(widths: list[int]) -> None:
    network = build_network(widths, init=0.5, seed=1)
    assert network.widths == widths
    assert network.num_params == len(numbers(network))
    flow = network.forward(an_image(widths[0]))
    assert [len(x) for x in flow] == widths
    assert [len(blame) for blame in network.backward(flow, 1)] == widths[1:]


def test_the_book_has_4649_parameters_and_says_so() -> None:
    network = build_network([81, 56, 1], init=0.01, seed=42)
    assert network.num_params == 4649
    assert repr(network) == "Network(81-56-1, 4,649 parameters)"
    assert repr(network.layers) == "[Dense(81 -> 56), Dense(56 -> 1)]"


def test_the_seed_alone_decides_the_first_weights() -> None:
    first = numbers(build_network([81, 56, 1], init=0.01, seed=1))
    assert first == numbers(build_network([81, 56, 1], init=0.01, seed=1))
    assert first != numbers(build_network([81, 56, 1], init=0.01, seed=2))
    assert max(map(abs, first)) == pytest.approx(0.01, rel=0.01)
    assert all(w == 0.0 for w in numbers(build_network([9, 4, 1], init=0.0, seed=1)))


def test_forward_is_weighted_sums_with_relu_between() -> None:
    network = Network([Dense([[1.0, -2.0], [3.0, 4.0]], [0.5, -1.0]), Dense([[2.0, -1.0]], [0.25])])
    assert network.forward([1.0, 2.0]) == [[1.0, 2.0], [0.0, 10.0], [-9.75]]
    assert network.logit([1.0, 2.0]) == -9.75
    assert network.predict([1.0, 2.0]) == sigmoid(-9.75)


# --- Logits, probabilities and losses at the edge -------------------------------------------------


@given(st.floats(-1e308, 1e308))
def test_sigmoid_and_cross_entropy_are_those_of_torch(logit: float) -> None:
    z = torch.tensor(logit, dtype=torch.float64)
    assert sigmoid(logit) == pytest.approx(z.sigmoid().item(), rel=1e-12, abs=1e-300)
    for label in (0, 1):
        expected = F.binary_cross_entropy_with_logits(z, torch.full_like(z, label)).item()
        assert cross_entropy(logit, label) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("logit", "probability", "loss_of_0", "loss_of_1"),
    [
        (0.0, 0.5, math.log(2), math.log(2)),
        (1e4, 1.0, 1e4, 0.0),
        (-1e4, 0.0, 0.0, 1e4),
        (math.inf, 1.0, math.inf, 0.0),
        (-math.inf, 0.0, 0.0, math.inf),
    ],
)
def test_extreme_logits_have_plain_answers(
    logit: float, probability: float, loss_of_0: float, loss_of_1: float
) -> None:
    assert sigmoid(logit) == probability
    assert cross_entropy(logit, 0) == pytest.approx(loss_of_0)
    assert cross_entropy(logit, 1) == pytest.approx(loss_of_1)


def test_not_a_number_stays_one() -> None:
    assert math.isnan(sigmoid(math.nan))
    assert math.isnan(cross_entropy(math.nan, 0))


# --- What a nudge moves ---------------------------------------------------------------------------


def test_units_without_blame_are_left_alone() -> None:
    network = build_network([81, 56, 1], init=0.01, seed=3)
    before = deepcopy(network.layers[0])
    flow = network.forward(an_image(81))
    blames = network.backward(flow, 1)
    network.nudge(flow, blames, lr=0.1)
    off = {unit for unit, a in enumerate(flow[1]) if a == 0.0}
    assert 0 < len(off) < 56
    assert off == {unit for unit, blame in enumerate(blames[0]) if blame == 0.0}
    after = network.layers[0]
    assert off == {unit for unit in range(56) if after.weights[unit] == before.weights[unit]}
    assert off == {unit for unit in range(56) if after.biases[unit] == before.biases[unit]}


def test_a_nudge_lowers_the_loss() -> None:
    network, image = build_network([9, 5, 4, 1], init=0.5, seed=1), an_image(9)
    for label in (0, 1):
        before = cross_entropy(network.logit(image), label)
        flow = network.forward(image)
        network.nudge(flow, network.backward(flow, label), lr=0.01)
        assert cross_entropy(network.logit(image), label) < before


def test_forward_and_backward_change_no_weight() -> None:
    network = build_network([9, 5, 4, 1], init=0.5, seed=1)
    before = numbers(network)
    network.backward(network.forward(an_image(9)), 0)
    assert numbers(network) == before


def test_a_batch_moves_by_the_mean_of_its_gradients() -> None:
    batch = [(an_image(9, seed), seed % 2) for seed in range(5)]
    begin = build_network([9, 5, 4, 1], init=0.5, seed=1)

    def after(images: list[tuple[list[float], int]]) -> list[float]:
        state = TrainState(deepcopy(begin), 0.1, random.Random(0))
        drained(train_step(state, images))
        assert state.step == 1
        return numbers(state.network)

    before = numbers(begin)
    alone = [[a - b for a, b in zip(after([one]), before, strict=True)] for one in batch]
    mean = [sum(moves) / len(batch) for moves in zip(*alone, strict=True)]
    together = [a - b for a, b in zip(after(batch), before, strict=True)]
    assert together == pytest.approx(mean, abs=1e-15)
