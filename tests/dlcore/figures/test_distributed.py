"""Pictures of several ranks: what they show and say."""

from __future__ import annotations

from dlcore.distributed.config import RanksConfig
from dlcore.distributed.scaling import COUNTS, Machine
from dlcore.distributed.training import WORK, Stretch, Trained
from dlcore.figures.distributed import scaling_chart, speed_chart, time_chart


def trained(ranks: int, pace: float = 0.01) -> Trained:
    stretches = tuple(
        Stretch(rank, step, work, step + place / 8, step + (place + 1) / 8)
        for rank in range(ranks)
        for step in range(1, 9)
        for place, work in enumerate(WORK)
    )
    return Trained(RanksConfig(ranks=ranks, batch=50), (), (), (), (), stretches=stretches, pace=pace)


def test_three_steps_of_each_rank_are_drawn_in_milliseconds() -> None:
    chart = time_chart(trained(2), "light")
    assert len(chart.columns["rank"]) == 2 * 3 * len(WORK)
    assert min(chart.columns["begin"]) == 0
    assert max(chart.columns["end"]) == 2500
    assert set(chart.columns["took"]) == {125}


def test_speeds_are_named_by_ranks() -> None:
    chart = speed_chart((trained(1), trained(4, 0.02)), "dark")
    assert chart.columns["label"] == ["5,000", "10,000"]
    assert "1 rank 5,000, 4 ranks 10,000" in chart.alt


def test_the_curve_has_one_best_place_and_says_it() -> None:
    machine = Machine(1e-4, 0.0, 1e9, 5e-5, 860_776)
    chart = scaling_chart(machine, 256, "light")
    assert len(chart.columns["gpus"]) == 3 * len(COUNTS)
    assert sum(chart.columns["best"]) == 1
    assert f"quickest with {machine.pays_until(256)}" in chart.alt
