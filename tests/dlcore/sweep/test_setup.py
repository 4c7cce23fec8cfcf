"""What the page can set up is what a plan can be made of, and back from what is kept."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from dlcore.errors import ConfigError
from dlcore.presets import FREE
from dlcore.schema import knobs
from dlcore.sweep.record import Entry, new_sweep, sweep_of
from dlcore.sweep.setup import NOTHING, SUGGESTED, BaseName, SweepConfig, TurnedName, plan_of, values_words
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS


def test_the_page_offers_every_knob_and_every_preset() -> None:
    # Blocks hold commas; no base augments or has a rare digit; of validation nothing is learned.
    left_out = {"layers", "dataset", "augment_by", "val_size", "rare_digit", "rare_share"}
    assert set(get_args(TurnedName)) == {NOTHING, *knobs(TrainConfig)} - FREE - left_out
    assert set(get_args(BaseName)) == set(PRESETS) - {"best"}  # many runs of it take hours


@pytest.mark.parametrize("name", [name for name in SUGGESTED if name != NOTHING])
def test_what_is_suggested_can_be_trained_and_differs(name: str) -> None:
    plan = plan_of(SweepConfig(first=name, first_values=SUGGESTED[name], seeds=1))  # type: ignore[arg-type]
    assert len(plan.configs) == len(SUGGESTED[name].split(","))
    assert len({getattr(config, name) for config in plan.configs}) == len(plan.configs)
    assert values_words(name)


def test_it_opens_on_nine_runs() -> None:
    plan = plan_of(SweepConfig())
    assert len(plan.configs) == 9
    assert plan.configs[0] == PRESETS["class"].config.replace(lr=0.0005)


def test_a_draw_takes_its_points() -> None:
    drawn = plan_of(SweepConfig(way="draw", points=5, seeds=2, second="dropout", second_values="0, 0.5"))
    assert len(drawn.configs) == 10
    assert len({config.lr for config in drawn.configs}) == 5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"second": "lr", "second_values": "0.1"}, "Learning rate must be turned once: choose another knob."),
        ({"first_values": " , "}, "Learning rate must have a value to try: write some, as in 0.001, 0.01."),
        ({"first": NOTHING}, "Knobs to turn must be from 1 to 3. Got 0 instead."),
        ({"first_values": "many"}, "Learning rate must be a number from 0.000001 to 10. Got 'many' instead."),
        (
            {"first_values": "0,01, 0,02"},
            "Learning rate must be a number from 0.000001 to 10. Got '0' instead. "
            "A comma parts two values: write decimals with a point, as in 0.01.",
        ),
        ({"seeds": 24}, "Runs of a sweep must be from 1 to 24. Got 72 instead."),
    ],
)
def test_what_cannot_be_is_a_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        plan_of(SweepConfig().replace(**changes))
    assert str(raised.value) == sentence


def test_what_is_kept_comes_back() -> None:
    plan = plan_of(SweepConfig(second="augment", second_values="off, on", seeds=2))
    sweep = new_sweep("anna", "sweep-1", plan, stops=False, address="there").changed(
        1, run_id="abc", why="Lost."
    )
    plain = json.loads(json.dumps(sweep.as_plain()))
    assert sweep_of(plain, sweep.id, "anna", "running", sweep.at) == sweep
    assert sweep.entries[1] == Entry(plan.configs[1], "abc", "Lost.")
    assert len(json.dumps(plain)) < 4_000
    for damaged in ({}, plain | {"entries": [1]}, plain | {"base": None}, plain | {"turned": 3}):
        with pytest.raises((KeyError, TypeError, AttributeError, ValueError)):
            sweep_of(damaged)
