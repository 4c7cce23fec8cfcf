"""Train, what stands where: the verdict and its cure, the digits, the curves; and whose they are."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.runs.shipped import shipped_run
from dlcore.schema import parse
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS
from tests.app.test_train import (
    LONG,
    PATH,
    TINY,
    fields,
    link,
    run,
    run_id,
    stands,
    start,
    until,
    values,
    wait,
)
from ui import services

OpenPage = Callable[..., Any]
SHIPPED = shipped_run("mnist")


@pytest.fixture
def train(open_page: OpenPage) -> Any:
    return open_page(PATH)


def order(page: Any) -> list[str]:
    """What the page shows, from top to bottom: kinds of elements, buttons by their key."""
    return [getattr(element, "key", None) or element.type for element in page.at.main]


def digits(page: Any) -> str:
    """The tiles of the judged digits."""
    return next(e.proto.body for e in page.at.get("html") if "A test digit, a " in e.proto.body)


def curves(page: Any) -> list[dict[str, list[Any]]]:
    return [chart for chart in page.charts() if "split" in chart]


# --- Before one's own first run ---------------------------------------------------------------


def test_a_first_visit_is_invited_and_sees_no_results_but_its_own(train: Any) -> None:
    assert "No run of yours yet" in train.words
    assert [metric.value for metric in train.at.metric] == ["0.0", "–", "–", "–"]
    assert train.at.metric[0].label == f"Epoch, of {PRESETS['fast'].config.epochs}"
    assert "right before training" in train.words
    assert digits(train).count("<img") == 12
    assert f"Faint: {SHIPPED.name}." in train.words
    assert "Yours will be drawn here." in train.words
    assert "Until you have trained a network, the shipped model answers here." in train.words
    assert all(max(chart["epoch"]) == SHIPPED.config["epochs"] for chart in curves(train))
    assert "Where it fails" not in train.words


def test_the_digits_are_judged_by_the_network_that_is_set(train: Any) -> None:
    before = digits(train)
    train.at.number_input(key=train.shown("mnist_train__seed")).set_value(3).run()
    assert digits(train) != before


def test_a_link_to_the_shipped_run_brings_none_of_its_settings(open_page: OpenPage) -> None:
    page = open_page(PATH, run=SHIPPED.id)
    assert "No run of yours yet" in page.words
    assert fields(page) == values(PRESETS["fast"].config)


def test_results_of_other_settings_say_whose_they_are(open_page: OpenPage) -> None:
    page = open_page(PATH)
    start(page, TINY | {"train_size": 100, "epochs": 1})
    own = run(page)
    assert "No run of yours yet" not in page.words
    assert "These are for your next run." not in page.words
    until(page, "finished")
    assert SHIPPED.name not in page.words
    page.at.number_input(key=page.shown("mnist_train__seed")).set_value(3).run()
    assert f"The results are of **{own.name}**." in page.words
    page = open_page(PATH, run=SHIPPED.id)  # now it is one of several, and may be looked at
    assert f"**{SHIPPED.name}** · Finished" in page.words
    config = parse(TrainConfig, SHIPPED.config).model_dump()  # it was made before some of the knobs
    assert fields(page) == {name: config[name] for name in fields(page)}


# --- The verdict ------------------------------------------------------------------------------


def test_the_advice_and_its_button_stand_under_the_status_the_digits_before_the_curves(train: Any) -> None:
    breaking = {"net": "SimpleCNN", "optimizer": "sgd", "schedule": "constant", "lr": 10.0}
    start(train, TINY | breaking)
    until(train, "diverged")
    places = order(train)
    wanted = ["error", "mnist_train__cure", "html", "progress", "metric"]
    assert [kind for kind in places if kind in wanted][: len(wanted)] == wanted
    assert places[places.index("error") - 1] == "markdown"
    assert places.index("html") < places.index("vega_lite_chart")
    assert ":red[Broke off at step" in train.words


def key(name: str) -> str:
    return f"mnist_train__{name}"


def test_a_finished_run_that_only_guesses_is_told_so(train: Any) -> None:
    start(train, TINY | {"lr": 10.0, "schedule": "constant", "val_size": 0})
    until(train, "finished")
    test = run(train).last("test_accuracy").value
    assert test < 0.12
    assert f":red[Finished, but it only guesses]: {100 * test:.2f} % " in train.words
    assert "Chance is 10 %." in train.words
    assert train.at.error, "with what to do about it"


# --- Numbers ----------------------------------------------------------------------------------


def test_a_finished_run_says_over_how_many_images_and_shows_the_surest_mistakes_first(train: Any) -> None:
    start(train, TINY)
    until(train, "finished")
    assert "Loss: over the last 400 training images. Correct: of 100 others, after each epoch." in train.words
    assert f"own settings · seed 0 · {run(train).threads} thread" in train.words
    train.wait(lambda: train.at.get("plotly_chart"), "its mistakes are shown")
    assert json.loads(train.at.get("plotly_chart")[0].proto.config)["displayModeBar"] is False
    mistakes = next(e.proto.body for e in train.at.get("html") if "<br>is " in e.proto.body)
    sure = [float(share) for share in re.findall(r"([\d.]+) %<br>is ", mistakes)]
    assert len(sure) == 18
    assert sure == sorted(sure, reverse=True)


def test_a_knob_that_counts_images_says_so_once(train: Any) -> None:
    labels = {widget.label for widget in (*train.at.number_input, *train.at.select_slider, *train.at.slider)}
    assert {"Training images", "Validation images"} <= labels
    assert "Batch size (images)" in labels


def test_without_validation_its_share_is_of_training_images(train: Any) -> None:
    start(train, TINY | {"val_size": 0, "epochs": 1})
    until(train, "finished")
    labels = [metric.label for metric in train.at.metric]
    assert "Correct, training" in labels
    assert "Loss and correct: over the last 200 training images." in train.words


# --- A learning rate moved by hand ------------------------------------------------------------


def test_a_moved_learning_rate_is_a_mark_and_in_words_wherever_the_run_is_told(open_page: OpenPage) -> None:
    page = open_page(PATH, **link({"preset": "class", "train_size": 20_000, "epochs": 100}))
    page.click(key("start"))
    wait(page, lambda run: run.step > 0, "it trains")
    name = run(page).name
    page.at.number_input(key=page.shown(key("lr_exact"))).set_value(0.0007).run()
    wait(page, lambda run: run.last("set_lr"), "it has taken it")
    step = run(page).last("set_lr").step
    assert run(page).name == f"{name}, lr moved"
    assert f"own settings, lr 0.005 → 0.0007 at step {step:,} · seed 0" in page.words
    assert all(chart["words"][-1] == "lr → 0.0007" for chart in curves(page))
    again = open_page(PATH)  # found again: the knob stands where it counts, and no preset is claimed
    assert f"{name}, lr moved" in again.words
    assert again.state(key("lr")) == 0.0007
    assert again.state(key("preset")) is None
    rows = open_page("runs.py", runs__pinned=run_id(page)).tables()[0]
    assert f"{name}, lr moved" in [row["Name"] for row in rows]
    page.click(key("stop"))
    until(page, "stopped")


# --- The same seed in a full room -------------------------------------------------------------


def test_other_knobs_are_moved_too(open_page: OpenPage) -> None:
    page = open_page(PATH, **link({"preset": "class", "train_size": 20_000, "epochs": 100}))
    page.click(key("start"))
    wait(page, lambda run: run.step > 0, "it trains")
    assert "The run takes these too at its next step: dropout, weight decay" in page.words, (
        "Adam has no momentum"
    )
    page.at.slider(key=page.shown(key("dropout"))).set_value(0.5).run()
    wait(page, lambda run: run.last("set_dropout"), "it has taken it")
    page.at.toggle(key=page.shown(key("augment"))).set_value(True).run()
    wait(page, lambda run: run.last("set_augment"), "it has taken it")
    assert "A digit, then as training may see it:" in page.words
    page.click(key("stop"))
    until(page, "stopped")
    assert run(page).name.endswith(", dropout moved")
    assert "own settings, " in page.words
    assert "augment off → on at step " in page.words


def test_whoever_watches_inside_sees_it_while_it_trains_and_afterwards(open_page: OpenPage) -> None:
    page = open_page(PATH, **link(TINY | {"internals": True}))
    assert "Inside, layer by layer" not in page.words
    page.click(key("start"))
    until(page, "finished")
    assert "Inside, layer by layer" in page.words
    layers = [set(chart["layer"]) for chart in page.charts() if "layer" in chart]
    assert sorted(layers, key=len) == [{"conv1", "conv2", "fc1"}, *[{"conv1", "conv2", "fc1", "fc2"}] * 2]
    spread = [chart for chart in page.charts() if "when" in chart]
    assert [set(chart["when"]) for chart in spread] == [{"now", "first"}] * 4
    assert page.sentences == []


def test_three_owners_of_one_seed_get_one_result(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.runner(), "_cores", 8)
    setup = link({"preset": "class", "train_size": 600, "val_size": 0})
    pages = [open_page(PATH, owner=f"test_room_{name}", **setup) for name in "abc"]
    for page in pages:
        assert "Always on 1 thread: equal seeds give equal numbers in a full room." in page.words
        page.click(key("start"))
    runs = [run_id(page) for page in pages]
    for page in pages:
        until(page, "finished")
    assert [stands(one).threads for one in runs] == [1, 1, 1]
    results = {(stands(one).last("test_loss").value, stands(one).last("epoch_loss").value) for one in runs}
    assert len(results) == 1
    assert len({stands(one).checkpoints[-1].digest for one in runs}) == 1


def test_the_threads_are_said_before_the_start(train: Any) -> None:
    free = os.cpu_count() or 1
    assert f"Started now it gets {free} thread{'s' * (free > 1)};" in train.words
    start(train, LONG)
    assert "Started now" not in train.words
    train.click(key("stop"))
    until(train, "stopped")
