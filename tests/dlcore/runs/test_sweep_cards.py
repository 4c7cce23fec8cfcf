"""The cards of a sweep, each on real sweeps that begin with three seeds."""

from __future__ import annotations

import pytest

from dlcore.runs.sweep_cards import CARDS
from dlcore.sweep.setup import SweepConfig, plan_of
from tests.dlcore.runs.sweeps import draw, found, grid

SEEDS = (0, 10, 20)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_of_many_seeds_is_above_their_mean(seed: int) -> None:
    finding = CARDS["best"].found(found(grid(seed, 6, lr=(0.005,))))
    assert finding is not None
    assert finding.shown
    assert finding.right in ("Some tenths of a point", "Several points")
    assert "6 seeds: " in finding.text


@pytest.mark.parametrize("seed", SEEDS)
def test_the_learning_rate_matters_and_dropout_does_not(seed: int) -> None:
    finding = CARDS["which"].found(found(grid(seed, 3, lr=(0.0005, 0.005), dropout=(0.0, 0.3))))
    assert finding is not None
    assert finding.right == "Learning rate", finding.text
    assert finding.shown


@pytest.mark.parametrize("seed", SEEDS)
def test_adam_and_adamw_are_the_same_without_weight_decay(seed: int) -> None:
    finding = CARDS["twins"].found(found(grid(seed, 2, optimizer=("adam", "adamw"))))
    assert finding is not None
    assert finding.shown
    assert finding.text == "With 2 seeds, Adam's and AdamW's test losses are equal to the last digit."


@pytest.mark.parametrize("seed", SEEDS)
def test_a_draw_tries_nine_rates(seed: int) -> None:
    rates, drops = (0.0005, 0.005, 0.02), (0.0, 0.2, 0.5)
    drawn = found(draw(seed, 9, lr=rates[::2], dropout=drops[::2]))
    finding = CARDS["draw"].found(drawn)
    assert finding is not None
    assert finding.shown
    assert finding.right == "3 and about 9"
    assert CARDS["draw"].found(found(grid(0, 1, lr=rates, dropout=drops))) is None, "a grid shows no draw"


def test_a_card_waits_for_its_own_set_up() -> None:
    two = found(grid(0, 2, lr=(0.0005, 0.005)))
    assert [name for name, card in CARDS.items() if card.found(two)] == []


@pytest.mark.parametrize("name", CARDS)
def test_every_set_up_is_a_sweep_that_its_card_reads(name: str) -> None:
    plan = plan_of(SweepConfig(**CARDS[name].setup))
    assert len(plan.configs) <= 12
