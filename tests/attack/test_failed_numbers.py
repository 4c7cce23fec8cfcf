"""Numbers that failed, or are no longer there: a card says nothing of them, and a page goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcore.run import SET, Metric, Run
from dlcore.runs.cards import CARDS as OF_RUNS
from dlcore.runs.moves import moves_of
from dlcore.runs.shipped import shipped_run
from dlcore.signals.cards import CARDS as OF_SIGNALS
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import measure
from dlcore.training.cards import CARDS as OF_TRAINING
from dlcore.training.recipes import PRESETS


@pytest.fixture
def run() -> Run:
    return shipped_run("mnist")


def test_a_knob_whose_setting_is_no_number_was_moved_from_nothing(run: Run) -> None:
    moved = {f"{SET}lr": (Metric(f"{SET}lr", 3, -1, 0.0, 0.5),)}
    (move,) = moves_of(replace(run, config=dict(run.config) | {"lr": "last"}, series=moved))
    assert (move.before, move.after) == (0.0, 0.5)


def test_of_two_runs_that_have_kept_unlike_many_losses_none_is_equal_to_the_other(run: Run) -> None:
    shorter = {"epoch_loss": run.series["epoch_loss"][:-1]}
    assert OF_RUNS["same"].found([run, replace(run, id="other", series=shorter)]) is None
    assert OF_RUNS["same"].found([run, replace(run, id="other")]) is not None


def test_a_loss_of_nothing_is_far_from_crawling(run: Run) -> None:
    setup = dict(OF_TRAINING["crawl"].setup)
    config = PRESETS[setup.pop("preset")].config.replace(**setup)
    series = {"epoch_loss": (replace(run.series["epoch_loss"][-1], value=0.0),)}
    found = OF_TRAINING["crawl"].found(replace(run, config=config.model_dump(), series=series))
    assert found is not None
    assert (found.right, found.shown) == ("Near 0.1", False)


@pytest.mark.parametrize(("name", "number"), [("quarter", "median"), ("residual", "norm")])
def test_a_gradient_that_is_too_small_for_a_number_bears_nothing_out(name: str, number: str) -> None:
    seen = measure(SignalsConfig().replace(**OF_SIGNALS[name].setup))
    assert OF_SIGNALS[name].found(seen) is not None
    last = replace(seen.layers[-1], **{number: 0.0})  # type: ignore[arg-type]
    assert OF_SIGNALS[name].found(replace(seen, layers=(*seen.layers[:-1], last))) is None
