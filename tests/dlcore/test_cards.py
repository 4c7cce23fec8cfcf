"""What holds for the cards of every page."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

import pytest

import dlcore
from dlcore.cards import Card

CARDS: Mapping[str, Card] = {
    f"{module.name.removeprefix('dlcore.')}:{name}": card
    for module in pkgutil.walk_packages(dlcore.__path__, "dlcore.")
    if module.name.endswith("cards") and module.name != "dlcore.cards"
    for name, card in import_module(module.name).CARDS.items()
}


def test_every_page_with_cards_is_here() -> None:
    assert len({name.partition(":")[0] for name in CARDS}) >= 14


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_short_and_asks(name: str) -> None:
    card = CARDS[name]
    assert len(card.why.split()) <= 30
    assert len(card.answers) in (2, 3)
    assert len(set(card.answers)) == len(card.answers)
    assert card.question.endswith("?")
    assert card.title
    assert card.setup
    assert card.setup_words
