"""Each card's own set-up shows its effect, with three seeds; it speaks once the mended script has run."""

from __future__ import annotations

import pytest

from dlcore.buglab.bugs import SLIPS
from dlcore.buglab.cards import CARDS, ShownCase
from dlcore.buglab.config import SEEDS, BugLabConfig, Case, case_of
from dlcore.buglab.recorded import recorded
from dlcore.buglab.script import mended


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("card", "right"),
    [
        ("floor", "About 1.46"),
        ("axis", "ln 50 = 3.91"),
        ("saw", "A saw"),
        ("eval", "Nothing"),
        ("scale", "Nothing to speak of"),
        ("summed", "Hardly anything"),
    ],
)
def test_its_own_set_up_shows_the_effect(card: str, right: str, seed: int) -> None:
    name = case_of(BugLabConfig().replace(**CARDS[card].setup)).name
    seen = recorded(Case(name, seed))
    assert CARDS[card].found(ShownCase(name, seen, None)) is None
    found = CARDS[card].found(ShownCase(name, seen, recorded(Case(mended(name), seed))))
    assert found is not None
    assert found.shown
    assert found.right == right


def test_a_card_says_nothing_of_another_slip() -> None:
    seen = recorded(Case("no_eval", 0))
    for card in CARDS.values():
        assert card.found(ShownCase("no_eval", seen, seen)) is None
    assert {card.setup["script"] for card in CARDS.values()} <= set(SLIPS)


def test_a_card_admits_what_did_not_appear() -> None:
    """The mended training in the place of the broken one."""
    well = recorded(Case("right", 0))
    for name in ("floor", "axis", "saw"):
        found = CARDS[name].found(ShownCase(CARDS[name].setup["script"], well, well))
        assert found is not None
        assert not found.shown
