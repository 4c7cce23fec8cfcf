"""By hand, in NumPy and by autograd: the same outputs, the same gradients, the same weights."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import astuple

import pytest
import torch

from dlcore.blackpatch.images import Examples, Maker, make_examples
from dlcore.blackpatch.network import Network, build_network
from dlcore.blackpatch.training import Recipe, TrainState, make_data, start, train
from dlcore.blackpatch.twins.compare import check_gradients, time_train_steps
from dlcore.blackpatch.twins.numpy_twin import NumpyTwin
from dlcore.blackpatch.twins.torch_twin import TorchTwin
from dlcore.blackpatch.walk import Arrow
from dlcore.events import Event, Finished, Tick, Watched
from dlcore.figures.inside import three_ways_table
from tests.dlcore.blackpatch.in_numpy import start_in_numpy

TWINS = [NumpyTwin, TorchTwin]
WIDTHS = [[81, 56, 1], [81, 12, 10, 8, 1]]
LR = 0.05


def make_network(widths: list[int], init: float = 0.2) -> Network:
    return build_network(widths, init=init, seed=5)


def numbers(network: Network) -> list[float]:
    return [w for layer in network.layers for row in [*layer.weights, layer.biases] for w in row]


def flat(event: Event) -> list[float]:
    """Every number of an event."""
    if isinstance(event, Watched):
        return [event.step, *(p for place in event.probabilities for p in place)]
    return [value for value in astuple(event) if not isinstance(value, str)]


@pytest.fixture(scope="module")
def examples() -> Examples:
    return make_examples(Maker(where="anywhere", noise=0.1), 100, 0)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("twin", TWINS)
def test_they_begin_with_the_same_weights(twin: type[NumpyTwin | TorchTwin], widths: list[int]) -> None:
    network = make_network(widths)
    assert numbers(twin(network).network()) == numbers(network)


@pytest.mark.parametrize("widths", WIDTHS)
def test_their_outputs_agree(widths: list[int], examples: Examples) -> None:
    network = make_network(widths)
    in_numpy, in_torch = NumpyTwin(network), TorchTwin(network)
    for image in examples.images:
        flow = in_numpy.forward(image)
        assert [len(x) for x in flow] == widths
        for plain, array in zip(network.forward(image), flow, strict=True):
            assert array.tolist() == pytest.approx(plain, abs=1e-12)
        assert in_torch.forward(image).item() == pytest.approx(network.logit(image), abs=1e-12)


@pytest.mark.parametrize("widths", WIDTHS)
def test_their_weights_agree_after_100_steps(widths: list[int], examples: Examples) -> None:
    network = make_network(widths)
    begin = numbers(network)
    in_numpy, in_torch = NumpyTwin(network), TorchTwin(network)
    for image, label in examples.pairs():
        flow = network.forward(image)
        network.nudge(flow, network.backward(flow, label), LR)
        in_numpy.train_step(image, label, LR)
        in_torch.train_step(image, label, LR)
    trained = numbers(network)
    assert max(abs(a - b) for a, b in zip(trained, begin, strict=True)) > 0.01
    assert numbers(in_numpy.network()) == pytest.approx(trained, abs=1e-9)
    assert numbers(in_torch.network()) == pytest.approx(trained, abs=1e-9)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize(
    "recipe", [Recipe(lr=0.05, epochs=3), Recipe(lr=0.2, epochs=3, batch_size=7, shuffle=True)]
)
def test_a_whole_training_in_numpy_says_what_the_plain_one_says(widths: list[int], recipe: Recipe) -> None:
    data = make_data(Maker(where="anywhere", noise=0.1), train_size=200, test_size=60, seed=1)

    def said(begin: Callable[..., TrainState]) -> list[Event]:
        state = begin(widths, init=0.2, lr=recipe.lr, seed=5)
        return [event for event in train(state, data, recipe) if not isinstance(event, Tick)]

    plain, in_numpy = said(start), said(start_in_numpy)
    assert [type(event) for event in in_numpy] == [type(event) for event in plain]
    for one, other in zip(plain, in_numpy, strict=True):
        assert flat(other) == pytest.approx(flat(one), abs=1e-9)
    assert isinstance(plain[-1], Finished)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("widths", WIDTHS)
def test_the_three_gradients_agree(widths: list[int], label: int, examples: Examples) -> None:
    network = make_network(widths)
    check = check_gradients(network, examples.images[0], label)
    assert len(check.parameters) == network.num_params
    assert max(abs(parameter.by_hand) for parameter in check.parameters) > 1e-3
    assert check.hand_autograd < 1e-9
    assert check.hand_numeric < 1e-9


def test_the_numpy_twin_has_the_gradient_that_is_written_by_hand(examples: Examples) -> None:
    network, image = make_network([81, 12, 10, 8, 1]), examples.images[1]
    found = NumpyTwin(network).gradients(image, 1)
    flat = [w for weight, bias in found for w in [*weight.ravel().tolist(), *bias.tolist()]]
    expected = [parameter.by_hand for parameter in check_gradients(network, image, 1).parameters]
    assert flat == pytest.approx(expected, abs=1e-12)


def test_every_parameter_is_named_by_its_place(examples: Examples) -> None:
    network = build_network([81, 2, 1], init=0.2, seed=5)
    image = examples.images[0]
    places = [(p.layer, p.unit, p.input) for p in check_gradients(network, image, 1).parameters]
    first = [(1, unit, pixel) for unit in (0, 1) for pixel in range(81)]
    assert places == [*first, (1, 0, None), (1, 1, None), (2, 0, 0), (2, 0, 1), (2, 0, None)]


def test_the_gradients_of_one_weight_stand_in_a_table(examples: Examples) -> None:
    check = check_gradients(make_network([81, 4, 1]), examples.images[0], examples.labels[0])
    arrow = Arrow(0, 2, 7)
    chosen = check.at(arrow)
    assert (chosen.layer, chosen.unit, chosen.input) == (1, 2, 7)
    titles, values, apart = three_ways_table(check, arrow).values()
    assert len(titles) == 3
    assert values[0] == f"{chosen.by_hand:.10f}"
    assert apart == ["–", f"{check.hand_autograd:.1e}", f"{check.hand_numeric:.1e}"]


def test_a_wrong_gradient_is_seen(examples: Examples) -> None:
    class Wrong(Network):
        def backward(self, flow: list[list[float]], label: int) -> list[list[float]]:
            return [[2.0 * d for d in blame] for blame in super().backward(flow, label)]

    check = check_gradients(Wrong(make_network([81, 2, 1]).layers), examples.images[0], 1)
    assert check.hand_autograd > 1e-3
    assert check.hand_numeric > 1e-3
    assert all(abs(p.autograd - p.numeric) < 1e-9 for p in check.parameters)


def test_extreme_logits_disturb_no_twin(examples: Examples) -> None:
    network = make_network([81, 12, 1])
    network.layers[-1].biases = [-1e4]
    check = check_gradients(network, examples.images[0], 1)
    assert check.hand_autograd < 1e-9
    assert NumpyTwin(network).gradients(examples.images[0], 1)[-1][1].tolist() == [-1.0]


def test_times_are_measured_on_copies(examples: Examples) -> None:
    network = make_network([81, 12, 1])
    before = numbers(deepcopy(network))
    random_state = torch.get_rng_state()
    times = time_train_steps(network, examples)
    assert min(times.plain, times.numpy, times.torch) > 0.0
    assert numbers(network) == before
    assert torch.equal(torch.get_rng_state(), random_state)
