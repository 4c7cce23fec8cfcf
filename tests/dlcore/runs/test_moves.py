"""A learning rate moved by hand, wherever the run is described."""

from __future__ import annotations

import pytest

from dlcore.errors import ConfigError, RunError
from dlcore.figures.run_tables import difference_rows, preset_title, run_rows
from dlcore.run import Metric, Run
from dlcore.runs.moves import Move, checked_move, moved_name, moves_of, moves_words
from dlcore.training.recipes import PRESETS


def run_moved(*values: tuple[int, float], name: str = "class-1", preset: str = "class") -> Run:
    points = tuple(Metric("set_lr", step, -1, 0.0, value) for step, value in values)
    config = PRESETS[preset].config.model_dump()
    return Run(name, "anna", "mnist", name, config, "finished", series={"set_lr": points} if points else {})


def test_moves_are_told_in_order() -> None:
    run = run_moved((150, 1.0), (300, 0.1))
    assert moves_of(run) == (Move(150, 0.005, 1.0), Move(300, 1.0, 0.1))
    assert moves_words(run) == "lr 0.005 → 1 at step 150, → 0.1 at step 300"


def test_a_knob_that_does_nothing_in_a_run_is_not_moved() -> None:
    adam = PRESETS["class"].config.replace(optimizer="adam")
    assert checked_move(adam, "lr", 0.25) == 0.25
    assert checked_move(adam.replace(optimizer="sgd"), "momentum", 0.5) == 0.5
    assert "dropout" not in adam.replace(net="SoftmaxRegression").movable
    with pytest.raises(RunError, match=r"momentum changes nothing in it: move lr, weight decay, "):
        checked_move(adam, "momentum", 0.5)
    with pytest.raises(ConfigError, match="Learning rate must be a number"):
        checked_move(adam, "lr", -1.0)


def test_of_several_knobs_each_is_told() -> None:
    config = PRESETS["class"].config.model_dump() | {"lr_g": 0.001, "lr_d": 0.002}
    series = {
        "set_lr_d": (Metric("set_lr_d", 20, -1, 0.0, 0.1), Metric("set_lr_d", 40, -1, 0.0, 0.2)),
        "set_lr_g": (Metric("set_lr_g", 30, -1, 0.0, 0.3),),
    }
    run = Run("game", "anna", "gan", "game", config, "finished", series=series)
    assert [(move.step, move.name) for move in moves_of(run)] == [(20, "lr_d"), (30, "lr_g"), (40, "lr_d")]
    assert moves_words(run) == "lr_d 0.002 → 0.1 at step 20, → 0.2 at step 40; lr_g 0.001 → 0.3 at step 30"


def test_a_switch_is_on_or_off_and_a_name_says_what_was_moved_first() -> None:
    config = PRESETS["class"].config.model_dump()
    series = {
        "set_augment": (Metric("set_augment", 20, -1, 0.0, 1.0),),
        "set_weight_decay": (Metric("set_weight_decay", 30, -1, 0.0, 0.01),),
    }
    run = Run("id", "anna", "mnist", "class-1", config, "finished", series=series)
    assert moves_words(run) == "augment off → on at step 20; weight decay 0 → 0.01 at step 30"
    assert moved_name("class-1", "weight_decay") == "class-1, weight decay moved"
    assert moved_name("class-1, weight decay moved", "lr") == "class-1, weight decay moved"


def test_a_move_to_where_it_stood_is_none() -> None:
    assert moves_of(run_moved((150, 0.005))) == ()
    assert moves_words(run_moved()) == ""


@pytest.mark.parametrize(
    ("name", "moved"), [("class-1", "class-1, lr moved"), ("x" * 40, "x" * 30 + ", lr moved")]
)
def test_its_name_says_so_once(name: str, moved: str) -> None:
    assert moved_name(name) == moved_name(moved_name(name)) == moved
    assert len(moved) <= 40


def test_it_is_its_preset_no_more() -> None:
    assert preset_title(run_moved()) == "Class"
    assert preset_title(run_moved((150, 1.0))) == "Class, but lr 0.005 → 1 at step 150"


def test_a_row_of_a_list_says_so_without_its_series() -> None:
    (row,) = run_rows([run_moved()], [], {"class-1": {"set_lr": 1.0}})
    assert row["Preset"] == "Class, but lr moved to 1"


def test_beside_another_run_its_moves_are_a_difference() -> None:
    one, other = difference_rows([run_moved((150, 1.0)), run_moved(name="class-2")])
    assert (one["Moved while it ran"], other["Moved while it ran"]) == ("lr 0.005 → 1 at step 150", "–")
    assert "Moved while it ran" not in difference_rows([run_moved(), run_moved(name="class-2")])[0]
