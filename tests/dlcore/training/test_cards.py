"""Every card of the training page, set up as it says and run: the effect it promises is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dlcore.data import Splits
from dlcore.events import Finished
from dlcore.mnist.splits import make_splits
from dlcore.nets.registry import build_model
from dlcore.run import Metric, Run, metrics_of
from dlcore.runs.shipped import shipped_run
from dlcore.schema import knobs
from dlcore.training.cards import CARDS
from dlcore.training.config import TrainConfig
from dlcore.training.diagnostics import diagnose
from dlcore.training.loop import start, train
from dlcore.training.recipes import PRESETS

# Where the effect does not need all of it. What a card's setup names itself stays as it says.
SHORTER: Mapping[str, Mapping[str, Any]] = {
    "lesson": {"train_size": 3000, "epochs": 3},
    "few": {"val_size": 2000},
    "dropout": {"train_size": 6000, "val_size": 2000},
}


def set_up(name: str) -> TrainConfig:
    setup = dict(CARDS[name].setup)
    preset = setup.pop("preset")
    return PRESETS[preset].config.replace(**setup, device="cpu")


def run_of(config: TrainConfig) -> Run:
    """Train here and now, and tell it as a run. The cards do not ask for the test: few test digits do."""
    splits = make_splits(config.train_size, config.val_size)
    few = splits.test[:100]
    series: dict[str, tuple[Metric, ...]] = {}
    end: object = None
    for event in train(start(config), Splits(splits.train, splits.val, few)):
        end = event
        for metric in metrics_of(event, seconds=0.0):
            series[metric.name] = (*series.get(metric.name, ()), metric)
    assert isinstance(end, Finished)
    return Run("id", "anna", "mnist", "a run", config.model_dump(), end.status, end.reason, series=series)


@pytest.fixture(scope="module", params=CARDS)
def done(request: pytest.FixtureRequest) -> tuple[str, Run]:
    """A card's name and the run that its setup gives."""
    name: str = request.param
    return name, run_of(set_up(name).replace(**SHORTER.get(name, {})))


def values(run: Run, name: str) -> list[float]:
    return [metric.value for metric in run.series[name]]


# --- The effects ------------------------------------------------------------------------------


def test_a_cards_effect_appears(done: tuple[str, Run]) -> None:
    name, run = done
    finding = CARDS[name].see(run)
    assert finding is not None
    assert finding.shown, finding.text


def test_the_right_answer_is_among_the_answers(done: tuple[str, Run]) -> None:
    """Each card's own measure of which answer its run bears out."""
    name, run = done
    losses, train_right = values(run, "epoch_loss"), values(run, "epoch_accuracy")
    match name:
        case "lesson":
            assert losses[0] - losses[1] > 1.5 * (losses[1] - losses[2])
            answer = "From 1 to 2"
        case "crawl":
            assert losses[-1] > 2.1
            answer = "Near 2.3"
        case "too_large":
            assert run.status == "diverged" or train_right[-1] < 0.2
            answer = "It breaks"
        case "few":
            assert train_right[-1] > 0.995
            assert values(run, "val_accuracy")[-1] == pytest.approx(0.94, abs=0.02)
            answer = "100 % and 94 %"
        case "dropout":
            assert values(run, "val_accuracy")[0] > train_right[0]
            answer = "Validation"
        case "wrong":
            assert train_right[-1] < 0.4
            assert values(run, "val_accuracy")[-1] > 0.9
            assert diagnose(run) is None, "its loss is near the least that such labels allow"
            answer = "Over 90 %"
        case "warmup":
            assert values(run, "val_accuracy")[-1] > 0.92
            answer = "It learns well"
        case "norm":
            assert values(run, "val_accuracy")[-1] > 0.94
            answer = "It learns well"
    assert answer in CARDS[name].answers
    found = CARDS[name].found(run)
    assert found is not None
    assert found.right == answer


def test_without_warm_up_and_norm_the_same_rate_does_worse() -> None:
    config = set_up("warmup").replace(warmup=0.0)
    assert config == set_up("norm").replace(norm="none")
    run = run_of(config)
    assert values(run, "val_accuracy")[-1] < 0.91
    assert CARDS["warmup"].see(run) is None
    assert CARDS["norm"].see(run) is None


def test_a_finding_tells_this_runs_numbers(done: tuple[str, Run]) -> None:
    name, run = done
    told = CARDS[name].see(run)
    halved = {
        key: tuple(replace(metric, value=metric.value / 2) for metric in points)
        for key, points in run.series.items()
    }
    other = CARDS[name].see(replace(run, series=halved, reason="another one"))
    assert told is not None
    assert other is not None
    assert told.text != other.text


@pytest.mark.parametrize("status", ["queued", "running", "paused", "stopped", "interrupted", "failed"])
def test_a_run_that_has_not_come_to_its_end_says_nothing(done: tuple[str, Run], status: Any) -> None:
    name, run = done
    assert CARDS[name].see(replace(run, status=status)) is None


def test_a_run_whose_learning_rate_was_moved_says_nothing(done: tuple[str, Run]) -> None:
    name, run = done
    moved = (Metric("set_lr", 3, -1, 0.0, 0.001),)
    assert CARDS[name].see(replace(run, series={**run.series, "set_lr": moved})) is None


@pytest.mark.parametrize(("val", "told"), [(0.86, "and 86.0 % of"), (0.7, "but only 70.0 % of")])
def test_only_fewer_are_called_so(val: float, told: str) -> None:
    right = {"epoch_accuracy": 0.82, "val_accuracy": val}
    series = {name: (Metric(name, 10, 1, 0.0, value),) for name, value in right.items()}
    run = Run("id", "anna", "mnist", "a run", set_up("few").model_dump(), "finished", series=series)
    finding = CARDS["few"].see(run)
    assert finding is not None
    assert f"82.0 % of its 600 training images are right, {told} 5,000 others." in finding.text


@pytest.mark.parametrize(
    ("losses", "right"), [((2.3, 2.31), ""), ((2.3, 2.3), ""), ((2.3, 2.4, 2.2), "The last")]
)
def test_a_loss_that_did_not_fall_at_once_has_no_share_of_a_fall(
    losses: tuple[float, ...], right: str
) -> None:
    points = tuple(Metric("epoch_loss", n, n, 0.0, loss) for n, loss in enumerate(losses, 1))
    config = set_up("lesson").model_dump()
    run = Run("id", "anna", "mnist", "a run", config, "finished", series={"epoch_loss": points})
    finding = CARDS["lesson"].found(run)
    assert finding is not None
    assert "%" not in finding.text
    assert (finding.shown, finding.right) == (False, right)


def test_a_run_without_numbers_says_nothing(done: tuple[str, Run]) -> None:
    name, run = done
    assert CARDS[name].see(replace(run, series={})) is None


def test_other_cards_are_not_about_this_run(done: tuple[str, Run]) -> None:
    name, run = done
    assert [other for other in CARDS if CARDS[other].see(run) is not None] == [name]


@pytest.mark.parametrize("name", CARDS)
def test_no_card_is_about_the_shipped_run(name: str) -> None:
    assert CARDS[name].see(shipped_run("mnist")) is None


@pytest.mark.parametrize("seed", [0, 7])
def test_seed_and_device_are_free(seed: int) -> None:
    points = tuple(Metric("epoch_loss", step, step, 0.0, 2.3) for step in (1, 2))
    config = set_up("crawl").replace(seed=seed, device="auto")
    run = Run("id", "anna", "mnist", "a run", config.model_dump(), "finished", series={"epoch_loss": points})
    assert CARDS["crawl"].see(run) is not None


def test_a_card_says_so_when_its_effect_did_not_appear() -> None:
    points = tuple(Metric("epoch_loss", step, step, 0.0, 0.1) for step in (1, 2))
    config = set_up("crawl").model_dump()
    run = Run("id", "anna", "mnist", "a run", config, "finished", series={"epoch_loss": points})
    finding = CARDS["crawl"].see(run)
    assert finding is not None
    assert not finding.shown


# --- The words --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CARDS)
def test_a_setup_names_controls_of_the_page(name: str) -> None:
    setup = CARDS[name].setup
    assert setup["preset"] in PRESETS
    assert set(setup) - {"preset"} <= set(knobs(TrainConfig))
    set_up(name)  # within every bound


def test_the_number_of_parameters_is_the_networks() -> None:
    (told,) = re.findall(r"([\d,]+) parameters", CARDS["few"].why)
    model = build_model(set_up("few").net, dropout=0.0, seed=0)
    assert int(told.replace(",", "")) == sum(weights.numel() for weights in model.parameters())
