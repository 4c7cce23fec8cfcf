"""The knob or the seed: what a comparison may say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcore.datasets.catalogue import catalogue
from dlcore.figures.seeds import seeds_chart
from dlcore.run import Metric, Run, Status
from dlcore.runs.verdict import Verdict, verdict
from dlcore.training.config import TrainConfig


def run(share: float, *, split: str = "test", moved: float = 0.0, **config: object) -> Run:
    """A finished run that was right so often."""
    settings = TrainConfig(epochs=1).model_dump() | config
    series = {f"{split}_accuracy": (Metric(f"{split}_accuracy", 10, 1, 1.0, share),)}
    if moved:
        series["set_lr"] = (Metric("set_lr", 5, -1, 0.5, moved),)
    name = f"{settings['lr']} {settings['seed']}"
    return Run(name, "anna", "mnist", name, settings, "finished", total_steps=10, series=series)


def judged(*runs: Run) -> Verdict:
    found = verdict(runs)
    assert found is not None
    return found


def test_a_difference_larger_than_every_spread_is_more_than_luck() -> None:
    slow = run(0.9770, lr=0.005, seed=0), run(0.9782, lr=0.005, seed=1)
    found = judged(run(0.9811, lr=0.01, seed=0), *slow)
    assert found.kind == "more than luck"
    assert found.sentence == (
        "Learning rate 0.005 → 0.01: +0.35 points; seeds alone: 0.12 points. "
        "More than the luck seen here, from 1 to 2 seeds."
    )
    assert [len(group.runs) for group in found.groups] == [2, 1]
    assert [lacking.config["lr"] for lacking in found.lacking] == [0.01]


def test_a_difference_that_seeds_make_too_is_within_luck() -> None:
    found = judged(
        run(0.97, lr=0.01, seed=0),
        run(0.98, lr=0.01, seed=1),
        run(0.974, lr=0.02, seed=0),
        run(0.979, lr=0.02, seed=1),
    )
    assert found.kind == "within luck"
    assert "0.01 → 0.02: +0.15 points; seeds alone: 1.00 points. Within luck, from 2 seeds." in found.sentence
    assert not found.lacking


def test_what_comes_near_the_best_is_named() -> None:
    shares = {0.001: (0.90, 0.91), 0.005: (0.975, 0.978), 0.02: (0.97, 0.98), 0.05: (0.93, 0.93)}
    found = judged(*(run(s, lr=lr, seed=seed) for lr, both in shares.items() for seed, s in enumerate(both)))
    assert found.kind == "more than luck"
    assert found.sentence == (
        "Learning rate 0.001 → 0.005: +7.15 points; seeds alone: 1.00 points. "
        "More than the luck seen here, from 2 seeds. As good as the best, 0.005, within that luck: 0.02."
    )


def test_one_seed_each_tells_nothing_and_both_are_lacking() -> None:
    found = judged(run(0.97, lr=0.02), run(0.96, lr=0.01))
    assert found.kind == "unknown"
    assert found.sentence.startswith("Learning rate 0.01 → 0.02: +1.00 points. From one seed each nobody can")
    assert len(found.lacking) == 2


def test_only_the_seed_differs() -> None:
    found = judged(run(0.97, seed=0), run(0.975, seed=1), run(0.972, seed=2))
    assert found.kind == "luck"
    assert found.sentence.startswith("Only the seed differs: 0.50 points between 3 seeds.")


def test_runs_with_every_image_right_cannot_be_told_apart() -> None:
    for second in (run(1.0, seed=1), run(1.0, lr=0.02), run(1.0, lr=0.02, seed=1)):
        found = judged(run(1.0, seed=0), second)
        assert (found.kind, found.lacking) == ("unknown", ())
        assert found.sentence.startswith("All 2 runs have every test image right")
    assert judged(run(1.0, seed=0), run(0.99, seed=1)).kind == "luck"


@pytest.mark.parametrize("status", ["stopped", "diverged", "interrupted", "failed"])
def test_a_run_that_did_not_finish_is_compared_with_none(status: Status) -> None:
    """It was never tested; held against its last validation, all others would count by theirs."""

    def validated(run: Run, share: float) -> Run:
        val = (Metric("val_accuracy", 10, 1, 1.0, share),)
        return replace(run, series=run.series | {"val_accuracy": val})

    first, second = validated(run(0.98, seed=0), 0.975), validated(run(0.982, seed=1), 0.976)
    cut = replace(run(0.949, split="val", seed=2), status=status)
    assert verdict([first, cut]) is None
    assert verdict([first, second, cut]) == verdict([first, second])
    assert judged(first, second, cut).split == "test"


def test_the_same_seed_again_is_no_second_one() -> None:
    found = judged(run(0.97, seed=0), run(0.97, seed=0))
    assert (found.kind, len(found.lacking)) == ("unknown", 1)


def test_several_knobs_cannot_be_told_apart() -> None:
    found = judged(run(0.97, lr=0.01, batch_size=10), run(0.98, lr=0.02, batch_size=20))
    assert found.sentence == "2 knobs differ: this comparison cannot say which one helped."


def test_a_knob_moved_while_it_ran_counts_as_one() -> None:
    found = judged(run(0.97, seed=0), run(0.98, seed=1), run(0.4, seed=0, moved=1.0))
    assert found.kind == "more than luck"
    assert len(found.groups) == 2
    both = judged(run(0.97, lr=0.01), run(0.4, lr=0.02, moved=1.0))
    assert both.sentence.startswith("2 knobs differ")


def test_of_many_values_the_best_is_held_against_the_worst() -> None:
    found = judged(
        *(run(share, lr=lr, seed=s) for lr, share in ((1, 0.5), (2, 0.9), (3, 0.7)) for s in (0, 1))
    )
    assert found.sentence.startswith("Learning rate 1 → 2: +40.00 points; seeds alone: 0.00 points. More")


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [run(0.97)],
        [run(0.97), run(0.97, split="train")],
        [run(0.97, split="train"), run(0.96, split="train")],
    ],
)
def test_what_was_not_measured_alike_is_not_judged(runs: list[Run]) -> None:
    assert verdict(runs) is None


def test_validation_serves_where_no_test_was_made() -> None:
    assert judged(run(0.97, split="val", seed=0), run(0.98, split="val", seed=1)).split == "val"


def test_a_dot_for_each_seed_and_words_for_all() -> None:
    found = judged(run(0.97, lr=0.01, seed=0), run(0.98, lr=0.01, seed=1), run(0.96, lr=0.02))
    chart = seeds_chart(found, "light")
    assert chart.columns["correct"] == pytest.approx([97, 98, 96])
    assert chart.columns["setting"] == ["Learning rate 0.01"] * 2 + ["Learning rate 0.02"]
    assert "Learning rate 0.01: 97.50 % on average, from 97.00 % to 98.00 %" in chart.alt


def test_scores_on_different_images_are_not_compared() -> None:
    letters = run(0.99, dataset=catalogue().find("letters").id)
    for other in (run(0.97), run(0.97, seed=1), run(0.97, lr=0.02)):
        found = judged(other, letters)
        assert found.sentence == (
            "They were tested on different images, MNIST and Letters: their scores cannot be compared."
        )
        assert (found.kind, found.groups, found.lacking) == ("unknown", (), ())
    former = run(0.98, dataset="letters@0123456789ab")
    assert "Letters and letters (no longer here)" in judged(letters, former).sentence
    assert judged(letters, run(0.98, dataset=letters.config["dataset"], seed=1)).kind == "luck"
