"""The game: what it says and when, who learns in a step, and that the same seed repeats it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch

from dlcore.controls import Controls
from dlcore.data import Samples
from dlcore.events import CheckpointReady, ControlApplied, EpochEnd, Event, Finished, Measured, Progress, Tick
from dlcore.gan.config import PRESETS, GanConfig
from dlcore.gan.data import digits_to_learn
from dlcore.gan.seen import BINS, verdicts_of
from dlcore.gan.steps import DETECTIVE, FORGER, GanState, lr_factor, start
from dlcore.gan.training import WALL, train

TINY = GanConfig(epochs=1, noise=4, width=4, batch_size=4, seed=3)


@pytest.fixture(scope="module")
def digits() -> Samples:
    return digits_to_learn(None)[:500]


def weights(state: GanState, name: str) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in getattr(state, name).parameters()])


def steps(events: Iterator[Event], count: int) -> list[Event]:
    """What is said until so many reports have come."""
    said: list[Event] = []
    while sum(isinstance(event, Progress) for event in said) < count:
        said.append(next(events))
    return said


def test_it_says_how_it_goes_in_order(digits: Samples) -> None:
    said = [e for e in train(start(TINY), digits) if not isinstance(e, Tick)]
    kinds = [type(event).__name__ for event in said]
    report = ["Pictured", "Watched", *["Measured"] * 4, "Progress"]
    assert kinds == ["CheckpointReady", "Pictured", *report * 10, "EpochEnd", "CheckpointReady", "Finished"]
    assert said[-1] == Finished(100, 1, "finished")
    assert [e.step for e in said if isinstance(e, Progress)] == list(range(10, 101, 10))


def test_what_is_measured_is_finite_and_within_its_bounds(digits: Samples) -> None:
    said = list(train(start(TINY), digits))
    seen: dict[str, list[float]] = {}
    for event in said:
        if isinstance(event, Measured):
            seen.setdefault(event.name, []).append(event.value)
    assert set(seen) == {"generator_loss", "generator_gradient", "real_score", "fake_score"}
    assert all(math.isfinite(value) for values in seen.values() for value in values)
    assert all(0 <= value <= 1 for name in ("real_score", "fake_score") for value in seen[name])
    losses = [event.loss for event in said if isinstance(event, Progress)]
    (epoch,) = [event.loss for event in said if isinstance(event, EpochEnd)]
    assert epoch == pytest.approx(sum(losses) / len(losses))


def test_the_wall_and_the_verdicts_fit(digits: Samples) -> None:
    said = list(train(start(TINY), digits))
    walls = [event.pixels for event in said if type(event).__name__ == "Pictured"]
    assert {len(wall) for wall in walls} == {WALL * 784}
    assert walls[0] != walls[-1]
    (*_, last) = [event.probabilities for event in said if type(event).__name__ == "Watched"]
    found = verdicts_of(last)
    assert found is not None
    assert [len(row) for row in found] == [BINS, BINS]
    assert [sum(row) for row in found] == pytest.approx([1, 1])
    assert verdicts_of(()) is None


def test_the_same_seed_repeats_it_bit_by_bit_also_interleaved(digits: Samples) -> None:
    def said(events: Iterator[Event]) -> list[Event]:
        return [event for event in events if isinstance(event, (Progress, Measured))]

    alone = start(TINY)
    expected = said(train(alone, digits))
    one, other = start(TINY), start(TINY.replace(seed=4))
    mine, theirs = train(one, digits), train(other, digits)
    got: list[Event] = []
    for event in mine:
        got.append(event)
        next(theirs, None)
    assert said(iter(got)) == expected
    assert torch.equal(weights(one, "shown"), weights(alone, "shown"))
    assert torch.equal(weights(one, "detective"), weights(alone, "detective"))
    assert not torch.equal(weights(other, "shown"), weights(alone, "shown"))


@pytest.mark.parametrize(
    ("changes", "still", "words"),
    [
        ({"g_steps": 0}, "forger", "The forger sleeps"),
        ({"d_steps": 0}, "detective", "The detective sleeps"),
        ({"g_steps": 0, "d_steps": 0}, "forger detective", "Both sleep"),
    ],
)
def test_who_has_no_updates_sleeps(digits: Samples, changes: dict[str, int], still: str, words: str) -> None:
    config = TINY.replace(**changes)
    state = start(config)
    before = {name: weights(state, name) for name in ("forger", "detective")}
    assert list(train(state, digits))[-1] == Finished(100, 1, "finished")
    for name, first in before.items():
        assert torch.equal(first, weights(state, name)) == (name in still)
    assert config.asleep.startswith(words)
    assert TINY.asleep == ""


@pytest.mark.parametrize(("side", "still"), [(FORGER, "detective"), (DETECTIVE, "forger")])
def test_one_alone_learns_in_a_step_that_says_so(digits: Samples, side: float, still: str) -> None:
    state, controls = start(TINY), Controls()
    events = train(state, digits, controls=controls)
    steps(events, 1)
    before = {name: weights(state, name) for name in ("forger", "detective")}
    controls.set("side", side)
    said = steps(events, 1)
    assert ControlApplied(10, "side", side) in said
    assert state.step == 11
    for name, first in before.items():
        assert torch.equal(first, weights(state, name)) == (name == still)
    controls.report_next = True
    steps(events, 1)
    assert not any(torch.equal(first, weights(state, name)) for name, first in before.items())


def test_a_step_of_one_side_that_is_asked_for_within_a_step_is_the_next_one(digits: Samples) -> None:
    state, controls = start(TINY), Controls()
    events = train(state, digits, controls=controls)
    steps(events, 1)
    assert next(events) == Tick(), "the detective has learned, the forger not yet"
    controls.set("side", FORGER)
    said = steps(events, 1)
    assert ControlApplied(11, "side", FORGER) in said
    assert state.step == 12


def test_more_updates_of_one_side_are_more_nudges(digits: Samples) -> None:
    state = start(TINY.replace(d_steps=3, g_steps=2))
    steps(train(state, digits), 1)
    counts = [
        int(next(iter(optimizer.state.values()))["step"])
        for optimizer in (state.detective_optimizer, state.forger_optimizer)
    ]
    assert counts == [30, 20]


def test_a_rate_that_is_moved_takes_effect(digits: Samples) -> None:
    state, controls = start(TINY), Controls()
    controls.set("lr_g", 0.5)
    controls.set("lr_d", 0.25)
    said = steps(train(state, digits, controls=controls), 1)
    assert [e for e in said if isinstance(e, ControlApplied)] == [
        ControlApplied(0, "lr_g", 0.5),
        ControlApplied(0, "lr_d", 0.25),
    ]
    assert (state.lr_g, state.lr_d) == (0.5, 0.25)


def test_a_stop_keeps_its_weights_and_judges_nothing(digits: Samples) -> None:
    state, controls = start(TINY), Controls()
    events = train(state, digits, controls=controls)
    steps(events, 2)
    controls.stop()
    assert list(events) == [CheckpointReady(20, 0), Finished(20, 0, "stopped")]


def test_a_stop_after_everything_was_lost_says_so(digits: Samples) -> None:
    state, controls = start(TINY), Controls()
    events = train(state, digits, controls=controls)
    steps(events, 2)
    with torch.no_grad():
        state.detective.judge.bias.fill_(float("nan"))
    controls.stop()
    (end,) = list(events)
    assert isinstance(end, Finished)
    assert end.status == "diverged"
    assert end.reason.startswith("The weights became infinite at step 20")


def test_what_is_no_longer_finite_ends_it_with_the_step_and_the_cure(digits: Samples) -> None:
    state = start(TINY.replace(lr_g=0.02))
    events = train(state, digits)
    steps(events, 1)
    with torch.no_grad():
        state.detective.judge.bias.fill_(float("nan"))
    end = list(events)[-1]
    assert isinstance(end, Finished)
    assert (end.status, end.step) == ("diverged", 20)
    assert end.reason == (
        "The losses became infinite at step 11: a learning rate overshoots, the forger's of 0.02 or the "
        "detective's of 0.004."
    )


def test_the_schedule_falls_to_nothing_or_stays() -> None:
    falling = GanConfig(epochs=2, schedule="cosine")
    assert [lr_factor(falling, step) for step in (0, 100, 200)] == pytest.approx([1, 0.5, 0])
    assert lr_factor(GanConfig(schedule="constant"), 77) == 1


def test_every_preset_plays_a_step(digits: Samples) -> None:
    for preset in PRESETS.values():
        state = start(preset.config.replace(noise=4, width=4, batch_size=4))
        steps(train(state, digits), 1)
        assert state.step == preset.config.report_every
