"""The effect of every card of the plane appears, on three seeds each; others' games are not read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlcore.errors import ConfigError
from dlcore.gan.plane.cards import CARDS, LATE, MOST_ROWS, SURE, ShownGame, game_told, rows_told
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.training import SCORES
from tests.dlcore.gan.plane.games import played

STEPS = {
    "fair": 1_000,
    "collapse": 600,
    "asleep": LATE,
    "saturating": SURE,
    "other_loss": SURE,
    "seeds": LATE,
}
RIGHT = {
    "fair": "It cannot tell them apart",
    "collapse": "A few at most",
    "asleep": "Bad: it fools one who knows nothing",
    "saturating": "Nearly none",
    "other_loss": "A strong one",
    "seeds": "Another game",
}


def game(name: str, seed: int, steps: int | None = None) -> ShownGame:
    config = PlaneConfig().replace(**CARDS[name].setup, seed=seed)
    frames = played(config, steps or STEPS[name])
    rows = [
        dict(zip(SCORES, map(float, scores), strict=True)) | {"step": frames.step + place * frames.every}
        for place, scores in enumerate(frames.scores)
    ]
    return ShownGame(config, tuple(rows))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", [name for name in CARDS if name != "seeds"])
def test_its_effect_appears(name: str, seed: int) -> None:
    found = CARDS[name].found(game(name, seed))
    assert found is not None
    assert found.shown, found.text
    assert found.right == RIGHT[name]


def test_hardly_two_of_six_seeds_play_the_same_game() -> None:
    """How each ends hangs on the last digit of every sum: another one on another kind of processor."""
    first, *others = (game("seeds", seed) for seed in range(6))
    found = []
    for other in others:
        both = replace(other, others=((first.config.seed, first.last),))
        finding = CARDS["seeds"].found(both)
        assert finding is not None
        assert finding.shown == (finding.right == RIGHT["seeds"])
        found.append(finding.shown)
    assert sum(found) >= 4
    assert CARDS["seeds"].found(first) is None, "one game alone compares with nothing"


def test_the_same_game_is_called_the_same() -> None:
    first = game("seeds", 0)
    same = CARDS["seeds"].found(replace(first, others=((1, first.last),)))
    assert same is not None
    assert not same.shown
    assert same.right == "The same game"


@pytest.mark.parametrize("name", CARDS)
def test_a_game_of_other_settings_or_too_short_is_not_read(name: str) -> None:
    played_out = game(name, 0)
    other = replace(played_out, config=played_out.config.replace(batch_size=100))
    assert CARDS[name].found(other) is None
    assert CARDS[name].found(replace(played_out, rows=played_out.rows[:2])) is None


def test_a_boards_rows_are_read_with_what_is_no_number() -> None:
    row = [100, 1.0, 0.7, 0.5, 0.5, 0.1, None, 0.9]
    (found,) = rows_told([row])
    assert (found["step"], found["good"]) == (100, 0.9)
    assert np.isnan(found["modes"])
    assert set(found) == {"step", *SCORES}


@pytest.mark.parametrize(
    "said", [None, [], [[1, 2]], "rows", [["a"] * 8], [[0] * 8] * (MOST_ROWS + 1), {"a": 1}]
)
def test_what_is_no_row_is_refused(said: Any) -> None:
    with pytest.raises(ConfigError, match="rows of its scores"):
        rows_told(said)


def test_rows_come_with_the_config_of_their_game() -> None:
    row = [100, 1.0, 0.7, 0.5, 0.5, 0.1, 3, 0.9]
    config, (found,) = game_told({"config": {"g_steps": 10}, "rows": [row]})
    assert (config, found["modes"]) == (PlaneConfig(g_steps=10), 3)


@pytest.mark.parametrize(
    "said", [None, [], {"rows": [[0] * 8]}, {"config": {"evil": 1}}, {"config": {}, "rows": "rows"}]
)
def test_a_game_that_cannot_be_is_refused(said: Any) -> None:
    with pytest.raises(ConfigError):
        game_told(said)
