"""A sweep in words and in pictures: how far it is, what it found, what comes with the lab."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcore.figures.palette import Theme
from dlcore.figures.sweep import dots_chart, drawn_chart, means_chart, parallel_axes, parallel_chart
from dlcore.run import Metric
from dlcore.runs.sweep_results import Found, luck_or_not, outcome, share_of, shipped_sweep
from dlcore.sweep.setup import SweepConfig, plan_of
from dlcore.training.recipes import PRESETS
from tests.dlcore.runs.sweeps import draw, found, grid


@pytest.fixture(scope="module")
def two() -> Found:
    return found(grid(0, 2, lr=(0.0005, 0.005), dropout=(0.0, 0.3)))


def test_how_far_it_is(two: Found) -> None:
    assert two.words == "8 of 8 runs finished"
    assert two.progress == 1.0
    first, second, _, *rest = two.runs
    assert first is not None
    assert second is not None
    half = replace(second, status="running", step=second.total_steps // 2)
    lost = replace(first, status="stopped")
    under_way = replace(two, runs=(lost, half, None, *rest), sweep=two.sweep.changed(0, why="Lost."))
    assert under_way.words == "5 of 8 runs finished, 1 under way, 1 to come, 1 stopped early"
    assert under_way.progress == pytest.approx((6 + 0.5) / 8)
    tested = replace(second, status="running", step=second.total_steps)
    assert replace(two, runs=(first, tested, *two.runs[2:])).progress < 1.0
    stopped = replace(under_way, sweep=replace(two.sweep, status="stopped"))
    assert stopped.words == "5 of 8 runs finished, 1 under way, 1 never begun, 1 ended otherwise"


def test_a_run_that_was_deleted_is_none_that_has_not_begun(two: Found) -> None:
    sweep = two.sweep.changed(0, run_id="gone", why="Lost.").changed(1, run_id="gone too")
    deleted = replace(two, sweep=sweep, runs=(None, None, *two.runs[2:]))
    assert deleted.words == "6 of 8 runs finished, 2 deleted"
    assert deleted.progress == 1.0, "nothing of it is to come"
    only = replace(two, sweep=two.sweep.changed(0, run_id="gone"), runs=(None,) * 8)
    assert only.words == "0 of 8 runs finished, 7 to come, 1 deleted"
    stopped = replace(only, sweep=replace(only.sweep, status="stopped"))
    assert stopped.words == "0 of 8 runs finished, 7 never begun, 1 deleted"


def test_an_outcome_says_what_the_whole_run_says(two: Found) -> None:
    run = two.tested[0]
    curve = tuple(Metric("train_loss", step, 1, 0.0, 1 / step) for step in range(1, 9))
    moved = (Metric("set_lr", 2, -1, 0.0, 0.1), Metric("set_lr", 4, -1, 0.0, 0.2))
    whole = replace(run, series={**run.series, "train_loss": curve, "set_lr": moved})
    assert share_of(outcome(whole)) == share_of(whole)
    assert outcome(whole).controls() == whole.controls()
    assert len(outcome(whole).series["train_loss"]) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_its_pictures_show_every_run(two: Found, theme: Theme) -> None:
    dots = dots_chart(two, theme)
    assert dots.columns["place"] == list(range(8))
    assert set(dots.columns["setting"]) == set(two.points)
    assert two.points[0] == "lr 0.0005 · dropout 0"
    means = means_chart(two, "lr", theme)
    assert len(means.columns["correct"]) == 8
    assert "By learning rate. 0.0005: " in means.alt
    axes = parallel_axes(two)
    assert [axis.title for axis in axes] == ["Learning rate", "Dropout", "Seed", "Correct, %"]
    assert axes[0].ticks == ((0.0, "0.0005"), (1.0, "0.005"))
    lines = parallel_chart(two, theme)
    assert len(lines.columns["place"]) == 8 * len(axes)
    assert all(0 <= place <= 1 for place in lines.columns["place"])
    assert "8 runs as lines" in lines.alt


def test_choices_are_axes_too() -> None:
    chosen = found(grid(0, 1, optimizer=("adam", "adamw")))
    assert parallel_axes(chosen)[0].ticks == ((0.25, "Adam"), (0.75, "AdamW"))


def test_a_draw_is_told_best_first_and_drawn_by_its_numbers() -> None:
    plan = draw(0, 3, lr=(0.0005, 0.01), dropout=(0.0, 0.3))
    drawn = found(plan)
    assert drawn.sweep.drawn
    shares = {drawn.point(run.config): share_of(run) for run in drawn.tested}
    assert [shares[point] for point in drawn.points] == sorted(shares.values(), reverse=True)
    chart = drawn_chart(drawn, "lr", "dark")
    assert sorted(chart.columns["value"]) == sorted(config.lr for config in plan.configs)
    untested = replace(drawn, runs=(None, *drawn.runs[1:]))
    assert untested.points[-1] == drawn.point(plan.configs[0].model_dump())


def test_at_once_it_says_that_runs_begin(two: Found) -> None:
    first = two.runs[0]
    assert first is not None
    begun = replace(two.sweep, status="running")
    assert Found(begun, (None,) * 8).words == "8 runs begin: the first being started"
    starting = (replace(first, status="queued", step=0), *(None,) * 7)
    assert Found(begun, starting).words == "8 runs begin: 1 being started, 7 waiting for their turn"
    under_way = (replace(first, status="running", step=1), *(None,) * 7)
    assert Found(begun, under_way).words == "0 of 8 runs finished, 1 under way, 7 to come"


def test_nothing_tested_yet_is_a_picture_too(two: Found) -> None:
    empty = replace(two, runs=(None,) * 8)
    chart = dots_chart(empty, "light")
    assert chart.columns["correct"] == []
    assert chart.alt == "No run tested yet."


def test_what_comes_along_is_a_whole_sweep_of_the_preset() -> None:
    shipped = shipped_sweep()
    base = PRESETS["class"].config
    for entry in shipped.sweep.entries:
        changes = {name: getattr(entry.config, name) for name in (*shipped.sweep.turned, "seed")}
        assert entry.config == base.replace(**changes), "measure it anew: the preset has changed"
    assert len(shipped.tested) == len(shipped.runs)
    said = luck_or_not(shipped.tested, shipped.turned)
    assert said["lr"].kind == "more than luck"
    assert said["dropout"].kind == "within luck"


def test_a_sweep_of_one_setting_has_one_point() -> None:
    plan = plan_of(SweepConfig(first_values="0.005", seeds=3))
    assert len(plan.configs) == 3
