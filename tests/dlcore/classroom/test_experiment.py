"""The noise floor of a class, against numbers by hand and by statistics of the standard library."""

from __future__ import annotations

import csv
import io
import random
import statistics

import pytest

from dlcore.classroom.experiment import (
    FEW,
    Experiment,
    Result,
    T,
    csv_of,
    few_words,
    floor_words,
    noise_floor,
    result_of,
)
from dlcore.figures.classroom import class_chart
from dlcore.run import Metric, Run
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import band

EXPERIMENT = Experiment("mnist", TrainConfig(epochs=1), "Class", since=100.0)


def run_of(config: TrainConfig, *, kind: str = "mnist", created: float = 101.0, correct: int = 9_800) -> Run:
    series = {
        "test_correct": (Metric("test_correct", 1, 1, 1.0, correct),),
        "test_total": (Metric("test_total", 1, 1, 1.0, 10_000),),
    }
    return Run("id", "me", kind, "run", config.model_dump(), "finished", created=created, series=series)


def test_a_run_belongs_to_it_whatever_its_seed() -> None:
    assert EXPERIMENT.holds(run_of(TrainConfig(epochs=1, seed=7)))
    assert not EXPERIMENT.holds(run_of(TrainConfig(epochs=2, seed=7)))
    assert EXPERIMENT.holds(run_of(TrainConfig(epochs=1, seed=7)), 7)
    assert not EXPERIMENT.holds(run_of(TrainConfig(epochs=1, seed=7)), 8), "a run of a sweep, perhaps"
    assert not EXPERIMENT.holds(run_of(TrainConfig(epochs=1), created=99.0)), "it is older"
    assert not EXPERIMENT.holds(run_of(TrainConfig(epochs=1), kind="black_patch"))
    assert EXPERIMENT.seeded(5).seed == 5


def test_a_run_moved_by_hand_is_no_result() -> None:
    run = run_of(TrainConfig(seed=3))
    assert result_of(run) == Result(3, 9_800, 10_000)
    moved = {**run.series, "set_lr": (Metric("set_lr", 5, -1, 1.0, 0.1),)}
    assert result_of(Run("id", "me", "mnist", "r", run.config, "finished", series=moved)) is None
    assert result_of(Run("id", "me", "mnist", "r", run.config, "stopped", series=run.series)) is None


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_numbers_are_those_of_statistics(seed: int) -> None:
    draw = random.Random(seed)
    results = [Result(number, draw.randint(9_700, 9_850), 10_000) for number in range(30)]
    found = noise_floor(results)
    assert found is not None
    shares = [result.share for result in results]
    assert found.mean == pytest.approx(statistics.mean(shares))
    assert found.deviation == pytest.approx(statistics.stdev(shares))
    assert found.half_band == pytest.approx(band(round(10_000 * found.mean), 10_000).half_width)


def test_19_of_20_pairs_of_a_normal_class_lie_within_the_floor() -> None:
    draw = random.Random(0)
    shares = [draw.gauss(0.977, 0.001) for _ in range(4_000)]
    results = [Result(number, round(share * 1e6), 1_000_000) for number, share in enumerate(shares)]
    floor = noise_floor(results).floor  # type: ignore[union-attr]
    pairs = zip(shares[::2], shares[1::2], strict=True)
    within = statistics.mean(abs(first - second) <= floor for first, second in pairs)  # type: ignore[operator]
    assert within == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("n", [1, 2, 3, FEW, FEW + 1, 30])
def test_few_runs_are_said_with_what_they_leave_open(n: int) -> None:
    found = noise_floor([Result(seed, 9_800 + seed, 10_000) for seed in range(n)])
    assert found is not None
    words = few_words(found)
    assert bool(words) is (2 <= n <= FEW)
    if words:
        assert f"from {n} the spread" in words
        assert f"{T[n - 2] / 1.96:.1f} times as wide" in words


def test_the_same_seed_twice_is_no_spread() -> None:
    found = noise_floor([Result(1, 9_800, 10_000), Result(1, 9_800, 10_000)])
    assert found is not None
    assert (found.n, found.deviation, found.floor) == (1, None, None)


def test_what_is_said_grows_with_what_is_known() -> None:
    one, two = Result(1, 9_800, 10_000), Result(2, 9_750, 10_000)
    assert "No run has finished" in floor_words(noise_floor([]), 0)
    assert "A second seed" in floor_words(noise_floor([one]), 10_000)
    words = floor_words(noise_floor([one, two]), 10_000)
    assert "Mean 97.75 % from 2 seeds, 0.50 points" in words
    assert "Noise floor: two seeds differ by up to 6.35 points" in words  # 12.706 · √2 · 0.3536


def test_the_chart_has_a_dot_for_each_and_the_file_a_line() -> None:
    results = [Result(number, 9_700 + number, 10_000) for number in range(5)]
    chart = class_chart(results, noise_floor(results), "dark")  # type: ignore[arg-type]
    assert chart.columns["correct"] == [100 * result.share for result in results]
    assert {len(column) for column in chart.columns.values()} == {5}
    assert "5 runs as dots" in chart.alt
    rows = list(csv.DictReader(io.StringIO(csv_of(results).decode())))
    assert rows[3] == {"seed": "3", "correct": "9703", "total": "10000", "accuracy": "0.9703"}
