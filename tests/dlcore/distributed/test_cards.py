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


def on_a_machine(config: ManyConfig) -> ShownRanks:
    """The page's machine at these knobs."""
    times = config.compute / 1e6, 0.0, 1e9 * config.bandwidth, config.latency / 1e6
    return ShownRanks(config, machine=Machine(*times, 860_776))


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
    found = CARDS["bandwidth"].found(on_a_machine(config("bandwidth")))
    assert found is not None
    assert found.shown
    assert found.right == "16"
    assert "quickest with 16 of them" in found.text
    assert CARDS["bandwidth"].found(ShownRanks(config("bandwidth"))) is None


@pytest.mark.parametrize(
    "changes",
    [{"total": 4096}, {"compute": 200.0}, {"bandwidth": 0.01}, {"latency": 0.0}],
    ids=lambda changes: next(iter(changes)),
)
def test_it_says_nothing_of_other_numbers_than_the_question_s(changes: dict[str, float]) -> None:
    assert CARDS["bandwidth"].found(on_a_machine(config("bandwidth").replace(**changes))) is None


def test_another_number_than_the_answers_is_none_of_them() -> None:
    seen = ShownRanks(config("bandwidth"), machine=Machine(1e-4, 0.0, 1e6, 5e-5, 860_776))
    found = CARDS["bandwidth"].found(seen)
    assert found is not None
    assert "quickest with 1 of them" in found.text
    assert found.right == ""
