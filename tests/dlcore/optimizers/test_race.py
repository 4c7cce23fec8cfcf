"""The race: torch's optimizers step by step, who arrives, who leaves, and why."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch

from dlcore.errors import ConfigError
from dlcore.optimizers.advice import cure, departures, standing, verdict
from dlcore.optimizers.cards import CARDS
from dlcore.optimizers.formulas import lines
from dlcore.optimizers.race import (
    PRESETS,
    RATES,
    Arrived,
    Left,
    OnTheWay,
    Race,
    RaceConfig,
    best_lr,
    nudges,
    race,
    until,
)
from dlcore.optimizers.rules import RULES, WEIGHT_DECAY, lr_limit
from dlcore.schema import parse, parse_leniently
from dlcore.words import tex


def only(racer: str, preset: str = "bowl", **changes: Any) -> Any:
    """The one racer of such a race."""
    return race(PRESETS[preset].replace(racers=racer, **changes)).racers[0]


CLASSES = {
    "sgd": lambda p, lr: torch.optim.SGD([p], lr=lr),
    "momentum": lambda p, lr: torch.optim.SGD([p], lr=lr, momentum=0.9),
    "nesterov": lambda p, lr: torch.optim.SGD([p], lr=lr, momentum=0.9, nesterov=True),
    "rmsprop": lambda p, lr: torch.optim.RMSprop([p], lr=lr),
    "adam": lambda p, lr: torch.optim.Adam([p], lr=lr),
    "adamw": lambda p, lr: torch.optim.AdamW([p], lr=lr, weight_decay=WEIGHT_DECAY),
}


@pytest.mark.parametrize("name", RULES)
def test_it_is_torchs_own_class_with_its_defaults(name: str) -> None:
    racer = only(name, "himmelblau", steps=60)
    hill = PRESETS["himmelblau"].map
    at = torch.tensor(racer.path[0].copy(), requires_grad=True)
    optimizer = CLASSES[name](at, racer.lr)
    for place in racer.path[1:]:
        optimizer.zero_grad()
        hill.value(at[0], at[1]).backward()
        optimizer.step()
        np.testing.assert_allclose(at.detach().numpy(), place, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", RULES)
def test_the_plain_rule_makes_the_same_steps(name: str) -> None:
    result = race(PRESETS["beale"].replace(racers=name, steps=80))
    for step in (1, 2, 80):
        pair = nudges(result, result.racers[0], step)
        here = result.racers[0].path[step]
        assert (pair[0].after, pair[1].after) == pytest.approx(tuple(here), rel=1e-12)


def test_two_momentum_steps_by_hand() -> None:
    """f = (x² + 10y²)/2 from (1, 0.5), lr 0.1, β = 0.9: the gradient is (x, 10y)."""
    racer = only("momentum", lr=0.1, start_x=1.0, start_y=0.5)
    # step 1: v = g = (1, 5), so (1, 0.5) - 0.1 v = (0.9, 0)
    # step 2: v = 0.9 (1, 5) + (0.9, 0) = (1.8, 4.5), so (0.9, 0) - 0.1 v = (0.72, -0.45)
    np.testing.assert_allclose(racer.path[1:3], [[0.9, 0.0], [0.72, -0.45]], atol=1e-15)


def test_the_bowl_throws_sgd_out_above_two_over_lambda() -> None:
    below, above = only("sgd", lr=0.19), only("sgd", lr=0.21)
    assert isinstance(below.outcome, Arrived)
    assert below.losses[-1] < 1e-8
    assert above.outcome == Left(14, downhill=False)
    # every step multiplies y by 1 - 10 lr
    np.testing.assert_allclose(above.path[1:, 1] / above.path[:-1, 1], -1.1, rtol=1e-9)


@pytest.mark.parametrize(("name", "limit"), [("sgd", 0.2), ("momentum", 0.38), ("nesterov", 3.8 / 28)])
def test_each_limit_divides_shrinking_from_growing(name: str, limit: float) -> None:
    assert lr_limit(name, 10.0, 0.9) == pytest.approx(limit)
    start = {"start_x": 0.0, "start_y": 0.001, "steps": 500}
    assert abs(only(name, lr=0.97 * limit, **start).path[-1, 1]) < 0.001
    above = only(name, lr=1.03 * limit, **start)
    assert abs(above.path[-1, 1]) > 1
    assert lr_limit("adam", 10.0, 0.9) is None


def test_the_check_yourself_question() -> None:
    assert lr_limit("sgd", 30.0, 0.9) < 0.1
    assert isinstance(only("sgd", steepest=30.0, lr=0.1).outcome, Left)


def test_on_the_ridge_nobody_leaves_and_beside_it_all_do() -> None:
    ridge = race(PRESETS["saddle"].replace(start_y=0.0))
    assert all(isinstance(racer.outcome, OnTheWay) for racer in ridge.racers)
    assert all((racer.path[:, 1] == 0).all() for racer in ridge.racers)
    beside = race(PRESETS["saddle"])
    steps = {racer.name: racer.outcome.step for racer in beside.racers}
    assert (steps["sgd"], steps["adam"], steps["momentum"]) == (349, 77, 72)
    assert all(racer.outcome == Left(steps[racer.name], downhill=True) for racer in beside.racers)
    assert departures(beside) == (), "downhill is no accident"


@pytest.mark.parametrize(("start", "valley"), [((1, 1), 0), ((-1, 1), 1), ((-1, -1), 2), ((1, -1), 3)])
def test_the_start_picks_the_valley(start: tuple[float, float], valley: int) -> None:
    racer = only("sgd", "himmelblau", start_x=start[0], start_y=start[1])
    assert racer.outcome.minimum == valley
    assert racer.losses[-1] < 1e-8


def test_its_best_rate_is_the_one_that_arrives_first() -> None:
    config = PRESETS["bowl"]
    for name in RULES:
        arrivals = [only(name, lr=lr).outcome for lr in RATES]
        first = min(one.step for one in arrivals if isinstance(one, Arrived))
        chosen = only(name, rates="best")
        assert chosen.lr == best_lr(config, name)
        assert chosen.outcome.step == first


def test_who_left_learns_why_and_the_cure_has_been_tried() -> None:
    result = race(PRESETS["bowl"].replace(lr=0.21, racers="sgd adam"))
    (gone,) = departures(result)
    assert gone.words == "**SGD** left at step 14: lr 0.21 > 2/λ = 0.2."
    assert gone.cure == 0.1
    for name in PRESETS:
        far = race(PRESETS[name].replace(lr=0.5))
        found = departures(far)
        for one in found:
            if one.cure is not None:
                again = only(one.racer.name, name, lr=one.cure).outcome
                assert not isinstance(again, Left) or again.downhill
        if cure(found) is not None:
            assert cure(found) == min(one.cure for one in found)
    assert cure(()) is None


def test_where_they_stand_in_words() -> None:
    result = race(PRESETS["rastrigin"])
    assert standing(result, result.racers[0]).startswith("Local minimum (1.99, -1.99)")
    far = race(PRESETS["bowl"].replace(lr=1.0, racers="sgd"))
    assert standing(far, far.racers[0]) == "Off the map at step 1"
    assert math.isfinite(far.racers[0].losses[0])


def test_results_are_frozen() -> None:
    racer = only("sgd")
    assert not racer.path.flags.writeable
    assert not racer.losses.flags.writeable
    assert len(racer.path) == len(racer.losses) == PRESETS["bowl"].steps + 1
    np.testing.assert_array_equal(racer.path, only("sgd").path)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"hill": "saddle", "start_x": 3}, "Start x must be from -1 to 1 on this hill. Got 3 instead."),
        ({"lr": 0}, "Learning rate must be a number from 0.0001 to 1. Got 0 instead."),
        ({"lr": "nan"}, "Learning rate must be a number from 0.0001 to 1. Got 'nan' instead."),
        ({"start_y": math.nan}, "Start y must be a number from -5 to 5. Got nan instead."),
        ({"racers": "tortoise"}, f"Racers must be some of {', '.join(RULES)}. Got 'tortoise' instead."),
    ],
)  # fmt: skip
def test_what_cannot_be_raced_is_a_sentence(values: dict[str, Any], sentence: str) -> None:
    start = {"start_x": 0, "start_y": 0} | values
    with pytest.raises(ConfigError) as caught:
        parse(RaceConfig, start)
    assert str(caught.value) == sentence
    config, sentences = parse_leniently(PRESETS["bowl"], values)
    assert config == PRESETS["bowl"]
    assert sentences


def test_momentum_zero_makes_nesterov_sgd() -> None:
    still = {"momentum": 0.0, "steps": 20}
    np.testing.assert_array_equal(only("nesterov", **still).path, only("sgd", **still).path)


@pytest.mark.parametrize("name", RULES)
def test_the_arithmetic_ends_in_the_next_place(name: str) -> None:
    result = race(PRESETS["himmelblau"].replace(racers=name))
    for step in (1, 5):
        nudge, _ = nudges(result, result.racers[0], step)
        last = lines(name, nudge, result.racers[0].lr, 0.9, "x")[-1]
        assert last.rule.startswith(r"x \leftarrow")
        assert last.numbers.endswith(f"= {tex(result.racers[0].path[step, 0])}")


RIGHT = {
    "limit": "It leaves the map",
    "momentum": "It still arrives",
    "ridge": "None",
    "saddle": "SGD",
    "valleys": "In another valley",
    "fair": "Another one",
}


@pytest.mark.parametrize("name", CARDS)
def test_every_card_shows_its_effect(name: str) -> None:
    card = CARDS[name]
    finding = card.see(race(PRESETS[card.setup["hill"]].replace(**card.setup)))
    assert finding is not None
    assert finding.shown
    assert finding.right == RIGHT[name]
    other = "beale" if card.setup["hill"] != "beale" else "bowl"
    assert card.see(race(PRESETS[other])) is None


def test_cards_admit_what_did_not_happen() -> None:
    assert CARDS["valleys"].see(race(PRESETS["himmelblau"].replace(start_y=1.0))).shown is False
    below = CARDS["limit"].see(race(PRESETS["bowl"].replace(lr=0.19)))
    assert below.shown
    assert "below 2/λ" in below.text
    assert below.right == ""


@pytest.mark.parametrize("name", ["limit", "momentum"])
@pytest.mark.parametrize("changes", [{"rates": "best"}, {"start_y": 0.0}])
def test_a_card_of_the_limit_is_silent_where_its_lr_drives_no_swing(
    name: str, changes: dict[str, Any]
) -> None:
    card = CARDS[name]
    assert card.found(race(PRESETS["bowl"].replace(**(dict(card.setup) | changes)))) is None


def test_a_race_until_a_step_is_the_shorter_race() -> None:
    whole = race(PRESETS["beale"])
    for step in (0, 1, 84, 85, 500):
        shorter = race(PRESETS["beale"].replace(steps=max(step, 10)))
        for early, racer, long in zip(until(whole, step).racers, shorter.racers, whole.racers, strict=True):
            assert len(early.path) == len(early.losses) == min(step, len(long.path) - 1) + 1
            np.testing.assert_array_equal(early.path, long.path[: step + 1])
            assert step < 10 or early.outcome == racer.outcome
    assert until(whole, 500).racers[1].outcome == whole.racers[1].outcome


@pytest.mark.parametrize(
    ("hill", "changed", "said"),
    [
        ("bowl", {}, "**RMSprop** reached the minimum first, at step 18."),
        ("bowl", {"racers": "sgd"}, "**SGD** reached the minimum, at step 75."),
        ("bowl", {"racers": "sgd", "lr": 0.21}, "Nobody is on the map."),
        ("saddle", {}, "**RMSprop** left downhill first, at step 17."),
        ("rosenbrock", {}, "Nobody has reached the minimum. Lowest: **Momentum**, loss 0.0018."),
        ("himmelblau", {}, "**Nesterov** reached a minimum first, at step 9."),
        ("rastrigin", {}, "Nobody has reached the lowest minimum: loss 8."),
    ],
)
def test_the_verdict_says_who_was_first(hill: str, changed: dict[str, Any], said: str) -> None:
    assert verdict(race(PRESETS[hill].replace(**changed))) == said


def test_before_the_first_step_nobody_is_ahead() -> None:
    assert verdict(until(race(PRESETS["saddle"]), 0)) == "Nobody has left downhill: loss 0.64."


def test_who_leaves_at_a_lower_place_has_not_reached_the_minimum() -> None:
    bowl = race(PRESETS["bowl"])
    out = dataclasses.replace(bowl.racers[0], outcome=Left(3, downhill=True))
    assert verdict(Race(bowl.config, (out,))) == "Nobody is on the map."
