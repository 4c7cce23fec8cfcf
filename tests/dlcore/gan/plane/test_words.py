"""What the board says of a game: collapse, a detective too sure, balance, who sleeps, what is no number."""

from __future__ import annotations

import pytest

from dlcore.gan.plane.config import PRESETS, PlaneConfig
from dlcore.gan.plane.story import story_of
from dlcore.gan.plane.training import start, train_ahead
from dlcore.gan.plane.words import words_of
from tests.dlcore.gan.plane.games import played


def said(config: PlaneConfig, steps: int) -> list[str]:
    return [word.text for word in words_of(config, played(config, steps))]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_game_that_collapses_is_said_to_and_a_fair_one_is_not(seed: int) -> None:
    assert any("Mode collapse" in text for text in said(PRESETS["collapse"].replace(seed=seed), 600))
    fair = said(PRESETS["ring"].replace(seed=seed), 1_000)
    assert not any("Mode collapse" in text for text in fair), fair


def test_a_fair_game_ends_in_balance() -> None:
    heard = said(PRESETS["ring"].replace(seed=0), 1_500)
    assert heard[-1].startswith("Balance")


def test_fakes_that_fly_away_have_not_collapsed() -> None:
    """A detective who hardly learns lets the forger run far off: it covers nothing, and is no heap."""
    assert not any("collapse" in text for text in said(PlaneConfig(lr_g=1e-2, lr_d=2e-5), 300))


def test_a_detective_too_sure_is_named() -> None:
    config = PlaneConfig(g_steps=0, loss="saturating")
    frames = played(config, 800)
    heard = words_of(config.replace(g_steps=1), frames)  # as if the forger could learn from it
    assert "too sure" in heard[-1].text
    assert heard[-1].broken


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"d_steps": 0}, "The detective sleeps"),
        ({"g_steps": 0}, "The forger sleeps"),
        ({"g_steps": 0, "d_steps": 0}, "Both sleep"),
    ],
)
def test_who_sleeps_is_said_from_the_first_frame_on(changes: dict[str, int], words: str) -> None:
    config = PlaneConfig(g_layers="4", d_layers="4", batch_size=8).replace(**changes)
    (word,) = words_of(config, train_ahead(config, start(config), 2))
    assert word.text.startswith(words)
    assert (word.step, word.broken) == (0, False)


def test_what_is_no_number_is_said_with_its_step_and_its_cure() -> None:
    wild = PlaneConfig(
        g_layers="6", d_layers="8", optimizer="sgd", lr_d=10.0, lr_g=5.0, loss="least_squares", d_steps=10
    )
    frames = train_ahead(wild, start(wild), 50, 10)
    assert frames.last is None
    last = words_of(wild, frames)[-1]
    assert last.text.endswith("the forger's of 5 or the detective's of 10.")
    assert last.step == 10 * len(frames.scores)


def test_a_step_in_slow_motion_ends_where_the_step_ends() -> None:
    config = PlaneConfig(g_layers="6", d_layers="8", batch_size=16, d_steps=2)
    begin = train_ahead(config, start(config), 1, 7).last
    assert begin is not None
    story, step = story_of(config, begin), train_ahead(config, begin, 1)
    assert story.frames.fakes.shape[0] == 3
    assert story.frames.last is not None
    assert step.last is not None
    assert (story.frames.last.weights == step.last.weights).all()
    assert (story.frames.scores[2] == step.scores[1]).all()
    assert (story.frames.fakes[1] == story.frames.fakes[0]).all(), "first the detective alone has learned"
    assert (story.frames.heat[1] != story.frames.heat[0]).any()
    assert min(story.d_gradient, story.g_gradient) > 0
    asleep = story_of(config.replace(g_steps=0), begin)
    assert asleep.g_gradient == 0
    assert (asleep.frames.fakes[2] == asleep.frames.fakes[0]).all()
