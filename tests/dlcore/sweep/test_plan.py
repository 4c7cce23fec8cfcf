"""What a sweep tries: the grid, the draw, and a sentence for everything that cannot be."""

from __future__ import annotations

import pytest

from dlcore.errors import ConfigError
from dlcore.sweep.plan import MOST_RUNS, make_grid, make_random, plan_words, read_turned
from dlcore.training.recipes import PRESETS

BASE = PRESETS["class"].config


def test_a_grid_has_every_point_with_the_first_seed_before_the_next() -> None:
    plan = make_grid(BASE, {"lr": ("0.001", "0.01"), "optimizer": ("sgd", "adam")}, 2)
    assert [(c.lr, c.optimizer, c.seed) for c in plan.configs[:5]] == [
        (0.001, "sgd", 0),
        (0.001, "adam", 0),
        (0.01, "sgd", 0),
        (0.01, "adam", 0),
        (0.001, "sgd", 1),
    ]
    assert len(plan.configs) == 8
    assert {c.replace(lr=BASE.lr, optimizer="adam", seed=0) for c in plan.configs} == {BASE}
    assert plan_words(plan) == (
        "8 runs: 2 values of learning rate × 2 values of optimizer, 2 seeds; 1,504 steps in all."
    )
    assert "about 15 s by what one took here" in plan_words(plan, 0.01)


def test_a_draw_keeps_to_what_was_given_and_repeats_itself() -> None:
    turned = {"lr": (0.0001, 0.1), "batch_size": (32, 128), "net": ("FastCNN", "SimpleCNN")}
    plan = make_random(BASE, turned, 2, 12)
    assert plan == make_random(BASE, turned, 2, 12)
    assert plan != make_random(BASE.replace(seed=5), turned, 2, 12)
    first = plan.configs[:12]
    assert all(0.0001 <= c.lr <= 0.1 and 32 <= c.batch_size <= 128 for c in first)
    assert len({c.lr for c in first}) == 12
    assert plan_words(plan) == (
        "24 runs: 12 points drawn, with learning rate between 0.0001 and 0.1, batch size between 32 and 128, "
        f"network FastCNN or SimpleCNN; 2 seeds; {plan.steps:,} steps in all."
    )
    assert sum(c.lr < 0.003 for c in first) in range(2, 11), "evenly on a log scale"
    assert [c.replace(seed=0) for c in plan.configs[12:]] == list(first)


@pytest.mark.parametrize("seed", range(20))
def test_no_number_is_drawn_twice_while_there_are_others(seed: int) -> None:
    narrow = {"lr": (0.001, 0.00115), "dropout": (0.0, 0.3)}
    plan = make_random(BASE.replace(seed=seed), narrow, 1, 9)
    assert len({config.lr for config in plan.configs}) == 9
    few = make_random(BASE.replace(seed=seed), {"lr": (0.001, 0.01), "epochs": (1, 2)}, 1, 9)
    assert len(few.configs) == 9, "there are but two numbers of epochs"


def test_the_same_is_trained_once() -> None:
    drawn = make_random(BASE, {"optimizer": ("sgd", "adam")}, 2, 4)
    assert len(drawn.configs) == len({config.model_dump_json() for config in drawn.configs}) == 4
    nets = {"net": ("SoftmaxRegression", "FastCNN"), "dropout": ("0.1", "0.3")}
    grid = make_grid(BASE, nets, 1)
    assert [(c.net, c.dropout) for c in grid.configs] == [
        ("SoftmaxRegression", 0.0),
        ("FastCNN", 0.1),
        ("FastCNN", 0.3),
    ]


@pytest.mark.parametrize(
    ("turned", "seeds", "sentence"),
    [
        ({"lr": ("0.1",)}, 0, "Runs of a sweep must be from 1 to 24. Got 0 instead."),
        ({"lr": ("0.1",)}, 25, "Runs of a sweep must be from 1 to 24. Got 25 instead."),
        ({"lr": ("11",)}, 1, "Learning rate must be a number from 0.000001 to 10. Got '11' instead."),
        ({"lr": ("0.1", "1e-1")}, 1, "Learning rate must have each value once: leave out the second."),
        ({"lr": ()}, 1, "Learning rate must have a value to try: write lr=… with some."),
        ({}, 1, "Knobs to turn must be from 1 to 3. Got 0 instead."),
        (dict.fromkeys(("lr", "epochs", "dropout", "momentum"), ("1",)), 1, "Got 4 instead."),
        ({"speed": ("1",)}, 1, "A knob to turn must be one of net, activation, norm, first_weights, dropout"),
        ({"seed": ("1", "2")}, 1, "Got 'seed' instead."),
    ],
)
def test_what_cannot_be_is_one_sentence(
    turned: dict[str, tuple[str, ...]], seeds: int, sentence: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        make_grid(BASE, turned, seeds)
    assert sentence in str(raised.value)


def test_a_draw_of_none_or_of_a_million_is_one_sentence() -> None:
    for points in (0, -3, 10**6):
        with pytest.raises(ConfigError, match=f"must be from 1 to {MOST_RUNS}"):
            make_random(BASE, {"lr": (0.01, 0.1)}, 1, points)


def test_knobs_are_read_as_they_are_written() -> None:
    assert read_turned(["lr=0.1, 0.2", "batch-size=8"]) == {"lr": ("0.1", "0.2"), "batch_size": ("8",)}
    with pytest.raises(ConfigError, match="Learning rate must be turned once"):
        read_turned(["lr=0.1", "lr=0.2"])
    with pytest.raises(ConfigError, match="must be written as lr="):
        read_turned(["lr"])
