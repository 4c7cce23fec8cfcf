"""The cards of the playground show their effect with three seeds."""

from typing import Any

import pytest

from dlcore.playground.cards import CARDS, EPOCHS, ShownPlay
from dlcore.playground.config import PRESETS, PlaygroundConfig
from dlcore.playground.points import make_points
from dlcore.playground.training import Frames, start, train_ahead

BROKEN = {"lr": 10.0, "penalty": "l2", "penalty_rate": 10.0}  # its numbers fail in the first epochs


def shown(config: PlaygroundConfig) -> ShownPlay:
    return ShownPlay(config, train_ahead(config, make_points(config), start(config), EPOCHS))


@pytest.mark.parametrize("name", CARDS)
def test_what_a_card_sets_up_shows_what_it_says(name: str) -> None:
    card = CARDS[name]
    for seed in range(3):
        finding = card.found(shown(PlaygroundConfig().replace(**card.setup, seed=seed)))
        assert finding is not None, seed
        assert finding.shown, finding.text
        assert finding.right in card.answers


def test_a_card_says_nothing_of_another_set_up() -> None:
    seen = shown(PRESETS["xor"])
    assert all(card.found(seen) is None for card in CARDS.values())


def test_a_training_that_fails_is_no_finding_of_the_first_weights() -> None:
    config = PlaygroundConfig().replace(**CARDS["deep"].setup)
    seen = shown(config)
    ended = Frames(0, seen.frames.weights[:3], seen.frames.scores[:3], None)
    assert CARDS["deep"].found(ShownPlay(config, ended)) is None


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("deep", {"data": "hills"}),
        ("linear", {"inputs": "x1 x2 x1x2"}),
        ("no_layer", {"points": 20}),
        ("units", {"points": 20}),
        ("units", {"lr": 1e-5}),
        *((name, BROKEN) for name in ("no_layer", "feature", "units")),
    ],
)
def test_a_card_is_silent_where_its_words_would_be_false(name: str, changes: dict[str, Any]) -> None:
    config = PlaygroundConfig().replace(**(dict(CARDS[name].setup) | changes))
    assert CARDS[name].found(shown(config)) is None
