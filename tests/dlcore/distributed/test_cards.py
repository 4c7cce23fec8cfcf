"""Each card's own set-up shows its effect, with three seeds where chance has a part."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dlcore.distributed.cards import CARDS, ShownRanks
from dlcore.distributed.config import ManyConfig
from dlcore.distributed.scaling import Machine
from dlcore.distributed.training import Trained, Trainings
from dlcore.distributed.words import fate_words, trap_words


def config(card: str) -> ManyConfig:
    return ManyConfig().replace(**CARDS[card].setup)


def test_ranks_are_equal_to_the_last_bit(looked: tuple[Trained, ...]) -> None:
    for trained in looked:
        found = CARDS["equal"].found(ShownRanks(config("equal"), step=trained))
        assert found is not None
        assert found.shown
        assert found.right == "None"
    assert CARDS["equal"].found(ShownRanks(config("equal"))) is None


@pytest.mark.parametrize(("card", "right"), [("fewer", "Fewer"), ("linear", "More")])
def test_half_the_updates_read_less_and_a_longer_step_makes_up_for_it(
    epochs: tuple[Trainings, ...], card: str, right: str
) -> None:
    for found in epochs:
        said = CARDS[card].found(ShownRanks(config(card), epoch=found))
        assert said is not None
        assert said.shown, said.text
        assert said.right == right
    assert CARDS[card].found(ShownRanks(config(card))) is None


@pytest.mark.parametrize(("card", "trap"), [("missing", "short"), ("killed", "killed")])
def test_who_is_left_breaks_off(trapped_by_name: Mapping[str, Trained], card: str, trap: str) -> None:
    trained = trapped_by_name[trap]
    found = CARDS[card].found(ShownRanks(config(card), trap=trained))
    assert found is not None
    assert found.shown
    assert found.right == "It breaks off"
    assert "The way out" in trap_words(trained)
    assert any("torch says" in fate_words(fate) for fate in trained.fates)
    assert CARDS[card].found(ShownRanks(ManyConfig(trap="joined"), trap=trained)) is None


def test_the_bandwidth_says_when_it_stops_paying() -> None:
    set_up = config("bandwidth")
    machine = Machine(set_up.compute / 1e6, 0.0, 1e9 * set_up.bandwidth, set_up.latency / 1e6, 860_776)
    found = CARDS["bandwidth"].found(ShownRanks(set_up, machine=machine))
    assert found is not None
    assert found.shown
    assert found.right == "16"
    assert "quickest with 16 of them" in found.text
    assert CARDS["bandwidth"].found(ShownRanks(ManyConfig(), machine=machine)) is None
