"""The finder's cards, each on real searches and tries of three seeds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcore.lr_finder.cards import CARDS, ShownRate
from dlcore.lr_finder.result import FACTORS, Tries, Try, asked_of
from tests.dlcore.lr_finder.searches import SEEDS, config, searched, tried


def shown(optimizer: str, seed: int, *others: str, tries: bool = False) -> ShownRate:
    return ShownRate(
        asked_of(config(optimizer, seed)),
        searched(optimizer, seed),
        tried(optimizer, seed) if tries else None,
        tuple((asked_of(config(other, seed)), searched(other, seed)) for other in others),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "right"), [("hundredfold", "It guesses"), ("hundredth", "Far less")])
def test_far_from_the_suggestion(name: str, right: str, seed: int) -> None:
    found = CARDS[name].found(shown("sgd", seed, tries=True))
    assert found is not None
    assert found.shown, found.text
    assert found.right == right


@pytest.mark.parametrize(("correct", "right"), [(50, "As much"), (90, "")])
def test_a_hundredth_that_did_better_is_not_as_much(correct: int, right: str) -> None:
    rate = searched("sgd", 0).suggestion
    assert rate is not None
    tries = Tries(100, (Try(float(f"{rate / 100:.3g}"), 1.0, correct, 100), Try(rate, 1.0, 50, 100)))
    found = CARDS["hundredth"].found(replace(shown("sgd", 0), tries=tries))
    assert found is not None
    assert not found.shown
    assert found.right == right


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "ours", "theirs", "right"),
    [("sgd_adam", "sgd", "adam", "SGD's"), ("adam_rmsprop", "adam", "rmsprop", "Adam's")],
)
def test_a_rate_belongs_to_its_optimizer(name: str, ours: str, theirs: str, right: str, seed: int) -> None:
    for here, there in ((ours, theirs), (theirs, ours)):
        found = CARDS[name].found(shown(here, seed, there))
        assert found is not None
        assert found.shown, found.text
        assert found.right == right


@pytest.mark.parametrize(
    ("best", "far", "effect", "right"),
    [(0.95, 0.5, True, "It guesses"), (0.52, 0.5, False, "It guesses"), (0.95, 0.8, False, "")],
)
def test_of_two_classes_half_is_guessing(best: float, far: float, effect: bool, right: str) -> None:
    found = searched("sgd", 0)
    assert found.suggestion is not None
    shares = {FACTORS[1]: best, FACTORS[-1]: far}
    tries = tuple(
        Try(float(f"{factor * found.suggestion:.3g}"), 0.69, round(1_000 * share), 1_000)
        for factor, share in shares.items()
    )
    told = CARDS["hundredfold"].found(replace(shown("sgd", 0), tries=Tries(100, tries, 2)))
    assert told is not None
    assert (told.shown, told.right) == (effect, right)


def test_a_card_waits_for_its_own_set_up() -> None:
    assert [name for name, card in CARDS.items() if card.found(shown("sgd", 0))] == []
    other_seed = replace(shown("sgd", 0), earlier=((asked_of(config("adam", 1)), searched("adam", 1)),))
    assert CARDS["sgd_adam"].found(other_seed) is None
    assert CARDS["hundredfold"].found(shown("adam", 0)) is None
