"""What goes wrong in a stack is named, each cure cures it, and the cards' effects are there."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from dlcore.playground.activations import ACTIVATIONS
from dlcore.signals.cards import CARDS
from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import INITS, measure
from dlcore.signals.words import path_words, size, summary, troubles


@pytest.mark.parametrize(("activation", "init"), list(product(ACTIVATIONS, INITS)))
def test_every_cure_cures(activation: Any, init: Any) -> None:
    config = SignalsConfig(activation=activation, init=init)
    for trouble in troubles(measure(config)):
        assert trouble.cures, trouble.what
        for words, changes in trouble.cures.items():
            after = troubles(measure(config.replace(**changes)))
            assert trouble.name not in {one.name for one in after}, words


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (SignalsConfig(), "Vanishing: the gradient of layer 1 is"),
        (SignalsConfig(activation="tanh", init="tiny"), "no layer's gradient is above"),
        (SignalsConfig(activation="relu", init="large"), "Exploding: signals grow"),
        (SignalsConfig(activation="tanh", init="large"), "Exploding: the gradient of layer 1"),
        (SignalsConfig(init="zero"), "Nothing moves"),
        (SignalsConfig(activation="relu", init="he"), "Healthy"),
        (
            SignalsConfig(activation="linear", init="large", depth=30, width=128, residual=True, norm="none"),
            "Exploding",
        ),
    ],
)
def test_what_a_stack_does_is_said(config: SignalsConfig, words: str) -> None:
    assert words in summary(measure(config))


def test_saturated_and_dead_units_are_named_beside_what_they_do() -> None:
    saturated = {one.name for one in troubles(measure(SignalsConfig(activation="tanh", init="large")))}
    assert saturated == {"exploding", "saturated"}
    dead = {one.name for one in troubles(measure(SignalsConfig(activation="relu", init="torch")))}
    assert dead == {"vanishing", "dead"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CARDS)
def test_a_cards_effect_is_there(name: str, seed: int) -> None:
    card = CARDS[name]
    finding = card.found(measure(SignalsConfig(seed=seed).replace(**card.setup)))
    assert finding is not None
    assert finding.shown
    assert finding.right in card.answers


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_silent_about_another_set_up(name: str) -> None:
    assert CARDS[name].found(measure(SignalsConfig(activation="gelu", depth=3, width=8))) is None


def test_sizes_are_written_with_powers_of_ten() -> None:
    assert [size(value) for value in (0.0, 0.25, 5.07e-9, 2.4e7, 1234.6)] == [
        "0",
        "0.25",
        "5.1 × 10⁻⁹",
        "2.4 × 10⁷",
        "1,230",
    ]


def test_the_path_is_a_product() -> None:
    words = path_words(measure(SignalsConfig(depth=3)))
    factors, whole = words.split(" = ")
    first, second, third = map(float, factors.split(" × "))
    assert first * second * third == pytest.approx(float(whole), rel=0.02)
