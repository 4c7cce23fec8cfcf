"""The cards of activations and gradients show their effect with three seeds."""

import pytest

from dlcore.signals.cards import CARDS
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import measure

RIGHT = {
    "quarter": "About a millionth",
    "he": "They stay of one size",
    "large": "Millions",
    "own": "Hardly",
    "residual": "A good part",
}


@pytest.mark.parametrize("name", CARDS)
def test_what_a_card_sets_up_shows_what_it_says(name: str) -> None:
    card = CARDS[name]
    for seed in range(3):
        finding = card.found(measure(SignalsConfig().replace(**card.setup, seed=seed)))
        assert finding is not None, seed
        assert finding.shown, finding.text
        assert finding.right == RIGHT[name], (seed, finding.text)
    assert len(card.why.split()) <= 30


def test_a_card_says_nothing_of_another_set_up() -> None:
    seen = measure(SignalsConfig(activation="gelu", depth=3))
    assert all(card.found(seen) is None for card in CARDS.values())


def test_fewer_terms_than_its_why_speaks_of_make_no_millions() -> None:
    seen = measure(SignalsConfig().replace(**(dict(CARDS["large"].setup) | {"width": 12})))
    assert 1e3 < seen.layers[-1].signal.rms < 1e6
    assert CARDS["large"].found(seen) is None


def test_no_gradient_at_all_is_nearest_to_the_smallest_answer() -> None:
    seen = measure(SignalsConfig(activation="sigmoid", init="xavier", width=2, depth=10, seed=3))
    finding = CARDS["quarter"].found(seen)
    assert finding is not None
    assert finding.right in CARDS["quarter"].answers
