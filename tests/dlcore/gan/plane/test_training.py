"""The game in the plane: frames follow from their moment; the good preset covers the ring."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.gan.plane.config import PRESETS, PlaneConfig
from dlcore.gan.plane.network import num_params
from dlcore.gan.plane.training import (
    ARROWS,
    CLOTH,
    DETECTIVE,
    FAKES,
    FORGER,
    HEAT,
    SCORES,
    THREAD,
    Frames,
    count_params,
    start,
    train_ahead,
)
from tests.dlcore.gan.plane.games import played

SMALL = PlaneConfig(g_layers="6", d_layers="8", batch_size=16, seed=2)
PARTS = ("fakes", "heat", "cloth", "arrows", "scores")


def score(frames: Frames, name: str) -> float:
    return float(frames.scores[-1, SCORES.index(name)])


def same(one: Frames, other: Frames, at: slice = slice(None)) -> bool:
    return all(np.array_equal(getattr(one, part)[at], getattr(other, part), equal_nan=True) for part in PARTS)


def test_a_frame_shows_fakes_heat_cloth_arrows_and_scores() -> None:
    frames = train_ahead(SMALL, start(SMALL), 3, 2)
    shapes = {part: getattr(frames, part).shape for part in PARTS}
    assert shapes == {
        "fakes": (4, FAKES, 2),
        "heat": (4, HEAT, HEAT),
        "cloth": (4, CLOTH**2, 2),
        "arrows": (4, ARROWS, 2),
        "scores": (4, len(SCORES)),
    }
    assert 0 <= float(frames.heat.min()) <= float(frames.heat.max()) <= 1
    assert frames.last is not None
    assert (frames.last.step, frames.last.nudges) == (6, (6, 6))
    thread = SMALL.replace(noise_size=1)
    assert train_ahead(thread, start(thread), 1).cloth.shape == (2, THREAD, 2)


def test_from_a_moment_the_same_frames_follow_as_without_a_halt() -> None:
    whole = train_ahead(SMALL, start(SMALL), 10, 2)
    half = train_ahead(SMALL, start(SMALL), 4, 2)
    assert half.last is not None
    rest = train_ahead(SMALL, half.last, 6, 2)
    assert rest.step == 8
    assert same(whole, rest, slice(4, None))


def test_a_step_of_one_side_leaves_the_other_as_it_is() -> None:
    begin, cut = start(SMALL), num_params(SMALL.g_sizes)
    assert len(begin.weights) == count_params(SMALL)
    for side, mine in ((FORGER, slice(0, cut)), (DETECTIVE, slice(cut, None))):
        last = train_ahead(SMALL, begin, 1, side=side).last
        assert last is not None
        changed = last.weights != begin.weights
        assert changed[mine].any()
        changed[mine] = False
        assert not changed.any()


def test_the_arrows_point_to_where_the_detective_holds_a_fake_more_real() -> None:
    first = train_ahead(SMALL.replace(g_steps=0), start(SMALL), 1, 100)
    fakes, arrows = first.fakes[-1, :ARROWS], first.arrows[-1]
    sizes = np.linalg.norm(arrows, axis=1, keepdims=True)
    along = fakes + 0.3 * arrows / sizes
    side = 2.0
    place = lambda xy: np.clip(((xy + side) / (2 * side) * HEAT).astype(int), 0, HEAT - 1)  # noqa: E731
    heat = first.heat[-1]
    before = np.mean([heat[HEAT - 1 - y, x] for x, y in place(fakes)])
    after = np.mean([heat[HEAT - 1 - y, x] for x, y in place(along)])
    assert after > before


def test_numbers_that_fail_end_it_with_the_frame_before() -> None:
    wild = SMALL.replace(optimizer="sgd", lr_d=10.0, lr_g=10.0, loss="least_squares", d_steps=10)
    frames = train_ahead(wild, start(wild), 50, 10)
    assert frames.last is None
    assert 1 <= len(frames.fakes) < 51
    assert np.isfinite(frames.heat).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_fair_game_covers_the_ring_and_the_unfair_one_does_not(seed: int) -> None:
    fair = PRESETS["ring"].replace(seed=seed)
    assert score(played(fair, 1_000), "modes") >= 7
    bad = PRESETS["collapse"].replace(seed=seed)
    assert score(played(bad, 600), "modes") <= 3


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_plays(name: str) -> None:
    config = PRESETS[name]
    last = train_ahead(config, start(config), 1, 2).last
    assert last is not None
    assert last.step == 2
