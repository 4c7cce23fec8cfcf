"""Runs side by side: what differs, when each got how far, and what the cards find in real runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest

from dlcore.data import Splits
from dlcore.datasets.catalogue import catalogue
from dlcore.errors import ConfigError
from dlcore.figures.compare import (
    COLOURS,
    DASHES,
    HEIGHT,
    LETTER_PIXELS,
    LETTERS,
    POINTS_PER_RUN,
    overlay_chart,
)
from dlcore.figures.run_tables import difference_rows
from dlcore.run import Metric, Run, metrics_of
from dlcore.runs.cards import CARDS
from dlcore.runs.compare import (
    Milestone,
    differing,
    milestone,
    milestone_split,
    setting,
    setting_words,
    shared_metrics,
    turned,
)
from dlcore.runs.shipped import shipped_run
from dlcore.schema import knobs, parse
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation
from dlcore.training.loop import start, train
from dlcore.training.variations import VARIATIONS

SMALL = TrainConfig(train_size=600, val_size=100, epochs=2, batch_size=30, dropout=0.2, device="cpu")


def run_with(run_id: str = "one", series: dict[str, list[float]] | None = None, **config: object) -> Run:
    """A run whose measurements came every ten steps, a step a second; an epoch has ten steps."""
    found = {
        name: tuple(Metric(name, 10 * n, n, 10.0 * n, value) for n, value in enumerate(values, 1))
        for name, values in (series or {}).items()
    }
    settings = TrainConfig(train_size=100, val_size=0, epochs=5, batch_size=10).model_dump() | config
    return Run(run_id, "anna", "mnist", run_id, settings, "finished", total_steps=50, series=found)


# --- What differs ---------------------------------------------------------------------------------


def test_only_what_differs_is_told() -> None:
    runs = [run_with(lr=0.1, seed=1), run_with(lr=0.2, seed=1), run_with(lr=0.1, seed=1, magic=3)]
    assert differing(runs) == {"lr": (0.1, 0.2, 0.1), "magic": (None, None, 3)}
    assert differing([run_with(), run_with()]) == {}
    assert differing([]) == {}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("lr", 0.0008, ("Learning rate", "0.0008")),
        ("train_size", 60_000, ("Training images", "60,000")),
        ("augment", True, ("Augmentation", "on")),
        ("optimizer", "sgd", ("Optimizer", "SGD")),
        ("optimizer", "magic", ("Optimizer", "magic")),
        ("lr", None, ("Learning rate", "–")),
        ("lr", "odd", ("Learning rate", "odd")),
        ("magic", 3, ("magic", "3")),
        ("dataset", "mnist", ("Images", "MNIST")),
        ("dataset", catalogue().find("letters").id, ("Images", "Letters")),
        ("dataset", "gone@0123456789ab", ("Images", "gone (no longer here)")),
    ],
)
def test_a_setting_is_told_in_words(name: str, value: object, words: tuple[str, str]) -> None:
    assert setting_words(TrainConfig, name, value) == words


def test_what_all_have_measured() -> None:
    one = run_with(series={"train_loss": [1.0], "val_loss": [1.0]})
    other = run_with(series={"train_loss": [1.0], "positions": [5.0], "val_loss": []})
    assert shared_metrics([one, other]) == ("train_loss",)


# --- How fast -------------------------------------------------------------------------------------


def test_a_milestone_is_the_first_time_it_was_measured_on_that_split() -> None:
    run = run_with(series={"val_accuracy": [0.9, 0.975, 0.96, 0.985], "test_accuracy": [0.999]})
    assert milestone(run, 0.97, "val") == Milestone(epochs=2.0, seconds=20.0)
    assert milestone(run, 0.99, "val") is None
    assert milestone(run, 0.99, "test") == Milestone(epochs=1.0, seconds=10.0, first=True)


def test_milestones_of_all_runs_are_of_one_split() -> None:
    both = run_with(series={"val_accuracy": [0.98], "test_accuracy": [0.97]})
    tested = run_with(series={"train_accuracy": [1.0], "test_accuracy": [0.99]})
    assert milestone_split([both, both]) == "val"
    assert milestone_split([both, tested]) == "test"
    first, second = difference_rows([both, tested])
    assert (first["To 97 % (test)"], first["To 98 % (test)"]) == ("1 epoch, 10 s", "–")
    assert second["To 99 % (test)"] == "1 epoch, 10 s"
    assert set(first) == set(second)


def test_milestones_are_of_the_images_that_the_curves_show() -> None:
    both = run_with(series={"val_accuracy": [0.98], "test_accuracy": [0.97]})
    tested = run_with(series={"train_accuracy": [1.0], "test_accuracy": [0.99]})
    assert milestone_split([both, both], "test") == "test"
    assert milestone_split([both, tested], "train") == "test"  # a running mean counts for none
    first, second = difference_rows([both, tested], "val")
    assert first["To 98 % (validation)"] == "1 epoch, 10 s"
    assert second["To 98 % (validation)"] == "not measured"
    (late,) = difference_rows(
        [replace(both, series={"test_accuracy": (Metric("", 200, 20, 9.0, 0.99),)})], "test"
    )
    assert late["To 97 % (test)"] == "within 20 epochs, 9 s", "nobody had looked before"


def test_an_epochs_length_comes_from_the_run_itself() -> None:
    assert run_with(series={"epoch_loss": [1.0]}).steps_per_epoch == 10
    assert run_with().steps_per_epoch == 10
    shipped = shipped_run("mnist")
    (first, *_) = shipped.series["epoch_loss"]
    assert (
        shipped.steps_per_epoch
        == first.step / first.epoch
        == parse(TrainConfig, shipped.config).steps_per_epoch
    )
    unknown = replace(run_with(), kind="of another version", config={"width": 3})
    assert unknown.steps_per_epoch == unknown.total_steps
    assert replace(unknown, total_steps=0).steps_per_epoch == 1


# --- The picture ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("axis", "last"), [("epoch", 3.0), ("step", 30), ("second", 30.0)])
def test_each_run_is_drawn_against_the_axis(axis: str, last: float) -> None:
    runs = [
        run_with(series={"val_loss": [0.5, 0.3, 0.2]}),
        run_with(series={"val_loss": [0.6, math.nan, 0.4]}),
    ]
    chart = overlay_chart(runs, "val", "loss", axis, "light")  # type: ignore[arg-type]
    rows = list(zip(chart.columns["run"], chart.columns["x"], chart.columns["value"], strict=True))
    assert [row[0] for row in rows] == ["A", "A", "A", "B", "B"]
    assert rows[2] == ("A", last, 0.2)
    assert rows[-1] == ("B", last, 0.4)
    assert "A 0.200, B 0.400" in chart.alt


def test_many_points_are_thinned_and_nothing_measured_is_said() -> None:
    runs = [run_with(str(n), series={"train_loss": [1.0] * 1000}) for n in range(8)]
    assert len(overlay_chart(runs, "train", "loss", "step", "dark").columns["x"]) <= 8 * POINTS_PER_RUN
    assert overlay_chart(runs, "val", "accuracy", "step", "dark").alt.endswith("nothing measured yet.")


@pytest.mark.parametrize("what", ["loss", "accuracy"])
def test_letters_beside_each_other_give_way(what: Literal["loss", "accuracy"]) -> None:
    """Eight runs that end within a hair of each other, and one that ended long before."""
    runs = [
        run_with(str(n), series={f"val_{what}": [0.5, 0.3, *([0.2 + n / 1e6] if n else [])]})
        for n in range(8)
    ]
    chart = overlay_chart(runs, "val", what, "epoch", "light")
    rows = zip(chart.columns["run"], chart.columns["label"], chart.columns["value"], strict=True)
    at = {letter: (label, value) for letter, label, value in rows if label is not None}
    assert list(at) == list(LETTERS)
    assert at["A"][0] == pytest.approx(at["A"][1]), "nobody ends beside it"
    heights = sorted(math.log(label) for letter, (label, _) in at.items() if letter != "A")
    values = chart.columns["value"]
    spans = math.log(500) if what == "accuracy" else math.log(max(values)) - math.log(min(values))
    pixels = HEIGHT / spans
    assert min(b - a for a, b in pairwise(heights)) * pixels >= 0.99 * LETTER_PIXELS


def test_every_letter_has_a_colour_of_its_own_in_both_themes() -> None:
    for colours in COLOURS.values():
        assert len(set(colours)) == len(LETTERS) == len(DASHES)


# --- One knob turned ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VARIATIONS)
def test_one_knob_is_turned_or_none(name: str) -> None:
    turned = VARIATIONS[name].apply(SMALL)
    changed = {knob for knob in knobs(TrainConfig) if getattr(turned, knob) != getattr(SMALL, knob)}
    assert len(changed) == (name != "same")


def test_a_knob_at_its_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="Learning rate must be"):
        VARIATIONS["lr_double"].apply(SMALL.replace(lr=10.0))
    with pytest.raises(ConfigError, match="Batch size must be"):
        VARIATIONS["batch_half"].apply(SMALL.replace(batch_size=1))


# --- Cards ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(small_splits: Callable[..., Splits]) -> Callable[[TrainConfig], Run]:
    """Train here and now, and tell it as a run."""

    def make(config: TrainConfig) -> Run:
        series: dict[str, tuple[Metric, ...]] = {}
        for event in train(start(config), small_splits(600, 100, 1000)):
            for metric in metrics_of(event, 0.0):
                series[metric.name] = (*series.get(metric.name, ()), metric)
        name = f"seed {config.seed}"
        return Run(name, "anna", "mnist", name, config.model_dump(), "finished", threads=1, series=series)

    return make


def test_the_same_run_again_is_equal_to_the_last_digit(trained: Callable[[TrainConfig], Run]) -> None:
    first, again = trained(SMALL), trained(VARIATIONS["same"].apply(SMALL))
    found = CARDS["same"].see([shipped_run("mnist"), first, again])
    assert found is not None
    assert found.shown
    assert "the losses of 2 epochs are equal to the last digit" in found.text
    assert found.right == "Equal to the last digit"
    moved = replace(again, series={**again.series, "set_lr": (Metric("set_lr", 3, -1, 0.0, 0.1),)})
    assert CARDS["same"].see([first, moved]) is None, "its learning rate was moved: no repetition"
    assert CARDS["same"].see([first, replace(again, threads=2)]) is None
    assert CARDS["same"].see([first]) is None


def test_seeds_show_the_noise_floor(trained: Callable[[TrainConfig], Run]) -> None:
    configs = [SMALL, VARIATIONS["next_seed"].apply(SMALL)]
    configs.append(VARIATIONS["next_seed"].apply(configs[-1]))
    runs = [trained(config) for config in configs]
    found = CARDS["seeds"].see(runs)
    assert found is not None
    assert found.shown
    assert found.text.startswith("3 seeds: from ")
    assert CARDS["seeds"].found(runs) == found
    assert found.right in CARDS["seeds"].answers[1:]
    assert CARDS["seeds"].see([*runs, trained(SMALL.replace(lr=0.002))]) is None, "another knob differs too"
    assert CARDS["seeds"].see(runs[:1]) is None


def test_a_second_seed_tells_the_knob_from_luck(trained: Callable[[TrainConfig], Run]) -> None:
    """A learning rate a hundred times too small stays behind whatever the seed."""
    fast, slow = SMALL, SMALL.replace(lr=SMALL.lr / 100)
    runs = [trained(fast), trained(slow)]
    assert CARDS["knob"].see(runs) is None, "one run of each cannot tell"
    runs += [trained(VARIATIONS["next_seed"].apply(config)) for config in (fast, slow)]
    found = CARDS["knob"].see(runs)
    assert found is not None
    assert found.shown
    assert "More than the luck seen here, from 2 seeds." in found.text
    assert found.right == "The knob"
    assert CARDS["knob"].see([*runs, trained(SMALL.replace(batch_size=60))]) is None


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_short_and_sets_what_there_is(name: str) -> None:
    card = CARDS[name]
    assert card.setup["variation"] in VARIATIONS
    assert len(card.why.split()) <= 30
    assert 2 <= len(card.answers) <= 3


@pytest.mark.parametrize(
    ("learned", "forgot", "chance"),
    [(20, 64, False), (60, 104, False), (0, 0, True), (5, 0, True), (130, 160, True)],
)
def test_two_results_on_the_same_images_differ_by_those_that_turned(
    learned: int, forgot: int, chance: bool
) -> None:
    """44 more right of 10,000 are much where 84 turned; each result's own band, 0.25 points, is wider."""

    def result(wrong: slice) -> Evaluation:
        labels = np.zeros(10_000, np.int16)
        predictions, ones = labels.copy(), np.ones(10_000, np.float32)
        predictions[wrong] = 1
        return Evaluation(labels, predictions, ones, ones)

    first = result(slice(0, 100 + learned))
    second = result(slice(learned, 100 + learned + forgot))
    change = turned(first, second)
    assert (change.before, change.learned, change.forgot) == (first.correct, learned, forgot)
    assert change.after == second.correct
    assert change.within_chance is turned(second, first).within_chance is chance


def test_a_knob_that_came_later_stood_where_it_stands_by_itself() -> None:
    new = shipped_run("mnist")
    config = {name: value for name, value in new.config.items() if name != "ema"}
    old = replace(new, config=config)
    assert setting(old, "ema") == 0.0
    assert differing([old, replace(new, config=config | {"ema": 0.0})]) == {}
    assert differing([old, replace(new, config=config | {"ema": 0.9})]) == {"ema": (0.0, 0.9)}
