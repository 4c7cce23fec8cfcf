"""What goes wrong is named, and the cure that stands beside it cures it."""

import pytest

from dlcore.playground.config import PRESETS, PlaygroundConfig
from dlcore.playground.diagnosis import Trouble, diagnose
from dlcore.playground.points import make_points
from dlcore.playground.training import Frames, start, train_ahead

OVERSHOT = PlaygroundConfig(data="plane", lr=10.0, activation="relu", layers="8 8")
WORSE = PlaygroundConfig(lr=10.0, layers="4 3", seed=2)
EQUAL = PlaygroundConfig(init="zero")
DEAD = PlaygroundConfig(activation="relu", lr=1.0, init="large")
SATURATED = PlaygroundConfig(lr=3.0, layers="4 4", seed=1)
LINE = PlaygroundConfig(data="xor", layers="")
BENDLESS = PlaygroundConfig(data="xor", layers="4 4", activation="linear")
BY_HEART = PlaygroundConfig(
    data="gauss", noise=50, points=60, layers="8 8 8", test_share=70, optimizer="adam", lr=0.01, init="xavier"
)


def told(config: PlaygroundConfig, epochs: int) -> tuple[list[Trouble], Frames]:
    points = make_points(config)
    frames = train_ahead(config, points, start(config), epochs)
    return diagnose(config, points, frames), frames


@pytest.mark.parametrize(
    ("config", "epochs", "words"),
    [
        (OVERSHOT, 20, "overshoots"),
        (WORSE, 100, "worse than always answering 0"),
        (EQUAL, 20, "All units of a layer are equal"),
        (DEAD, 20, "give 0 on every point"),
        (SATURATED, 20, "saturated"),
        (LINE, 40, "one straight line"),
        (BENDLESS, 40, "one straight line"),
    ],
)
def test_trouble_is_named_and_its_cure_takes_it_away(
    config: PlaygroundConfig, epochs: int, words: str
) -> None:
    found, _ = told(config, epochs)
    trouble = next(one for one in found if words in one.what)
    assert 0 <= trouble.epoch <= epochs
    cured, _ = told(config.replace(**trouble.changes), epochs)
    assert not any(words in one.what for one in cured), trouble.changes


def test_a_line_that_could_part_them_is_not_blamed_for_slow_steps() -> None:
    slow = PlaygroundConfig(data="gauss", layers="", lr=1e-5)
    assert not [one for one in told(slow, 60)[0] if "straight line" in one.what]


def test_the_slowest_learning_rate_is_one_that_can_be_set() -> None:
    found, _ = told(PlaygroundConfig(data="plane", lr=10.0, activation="relu", layers="8 8"), 20)
    assert found[0].changes["lr"] >= 1e-5


def test_who_learns_by_heart_is_led_back_to_its_best_epoch() -> None:
    found, frames = told(BY_HEART, 300)
    (trouble,) = found
    assert "by heart" in trouble.what
    assert trouble.back_to is not None
    assert frames.scores[trouble.back_to, 1] == frames.scores[:, 1].min() < frames.scores[-1, 1] / 1.3


@pytest.mark.parametrize("name", PRESETS)
def test_a_good_training_is_not_blamed(name: str) -> None:
    found, frames = told(PRESETS[name], 100)
    assert found == []
    assert frames.scores[-1, 3] > 0.95
