"""Black patch, Train: opens on a finished run, starts another, judges what is painted, goes back in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.blackpatch.config import PRESETS
from dlcore.blackpatch.looks import judge_places, painted
from dlcore.blackpatch.train_cards import CARDS
from dlcore.blackpatch.training import make_data
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.shipped import shipped_run
from dlcore.words import vote_percent
from ui import services

OpenPage = Callable[..., Any]
PATH = "black_patch/train.py"
PAGE = "black_patch_train"
TINY = {"train_size": 60, "test_size": 20, "epochs": 3}


@pytest.fixture
def page(open_page: OpenPage) -> Any:
    return open_page(PATH)


def run_of(page: Any) -> Any:
    found = services.runner().get(str(page.at.query_params["run"]))
    assert found is not None
    return found


def start(page: Any, **setup: Any) -> None:
    for name, value in setup.items():
        page.at.session_state[f"{PAGE}__{name}"] = value
    page.run().click(f"{PAGE}__start")


def until(page: Any, status: str) -> None:
    page.after(lambda: run_of(page).status == status, f"it is {status}")


def paint(page: Any, black: list[bool], version: str = "9-0") -> Any:
    page.at.session_state[f"{PAGE}_pad"] = {"black": {"version": version, "cells": black}}
    return page.run()


def verdict(page: Any) -> str:
    return next(line for line in page.words.splitlines() if "sure of one" in line)


def guess(page: Any) -> Any:
    """How many places it finds, asked where the map will stand."""
    return page.at.pills(key=f"{PAGE}__first_trap").set_value("All 25").run()


def test_it_opens_on_a_finished_run_and_asks_for_a_guess_before_its_map(page: Any) -> None:
    assert "The shipped patch finder" in page.words
    assert "13 of 25 places" not in page.words
    assert page.words.count(CARDS["trap"].question) == 2
    guess(page)
    assert "13 of 25 places found" in page.words
    assert "You said **All 25**: it was **About half**." in page.words
    assert page.words.count(CARDS["trap"].question) == 1
    network, config = load_network(shipped_run("black_patch").checkpoints[-1])
    places, loss, accuracy = page.charts()
    assert places["probability"] == pytest.approx(judge_places(network, config.maker).probabilities)
    assert {"train", "test", "fair"} == set(loss["split"]) == set(accuracy["split"])
    assert not page.sentences


@pytest.mark.parametrize(("row", "column"), [(3, 3), (1, 5), (4, 4)])
def test_a_painting_is_judged_by_the_weights_on_screen(page: Any, row: int, column: int) -> None:
    black = [row <= y < row + 3 and column <= x < column + 3 for y in range(9) for x in range(9)]
    paint(page, black)
    network, _ = load_network(shipped_run("black_patch").checkpoints[-1])
    probability = network.predict(painted(black))
    assert f"{vote_percent(probability)} sure of one" in verdict(page)
    assert ("No patch" in verdict(page)) == (probability <= 0.5)


def test_it_shows_what_it_is_trained_on_and_asked(page: Any) -> None:
    config = PRESETS["quick"].config
    data = make_data(config.maker, train_size=config.train_size, test_size=config.test_size, seed=config.seed)
    network, _ = load_network(shipped_run("black_patch").checkpoints[-1])
    right = [(network.predict(image) > 0.5) == bool(label) for image, label in list(data.fair.pairs())[:7]]
    tiles = "".join(str(element.proto.body) for element in page.at.get("html"))
    assert tiles.count("A training image labelled patch") == sum(data.train.labels[:7])
    assert tiles.count("judged wrong") == right.count(False)


@pytest.mark.parametrize("said", [None, 5, [True], {"version": "9-0", "cells": "x"}, {"version": "7-0"}])
def test_a_painting_that_is_none_is_not_looked_at(page: Any, said: Any) -> None:
    before = verdict(page)
    page.at.session_state[f"{PAGE}_pad"] = {"black": said}
    assert verdict(page.run()) == before
    assert not page.sentences


def test_clear_empties_the_painting(page: Any) -> None:
    paint(page, [True] * 81)
    page.click(f"{PAGE}__clear")
    network, _ = load_network(shipped_run("black_patch").checkpoints[-1])
    assert f"{vote_percent(network.predict(painted([False] * 81)))} sure" in verdict(page)


def test_the_slider_goes_back_to_the_first_weights(page: Any) -> None:
    guess(page)
    slider = next(s for s in page.at.select_slider if s.label == "Weights after epoch")
    slider.set_value(slider.options[0]).run()
    assert "after epoch 0" in page.words
    network, config = load_network(shipped_run("black_patch").checkpoints[0])
    assert page.charts()[0]["probability"] == pytest.approx(judge_places(network, config.maker).probabilities)


def test_a_run_is_started_paused_stepped_by_an_epoch_and_stopped(page: Any) -> None:
    start(page, train_size=2000, test_size=20, epochs=200)
    page.after(lambda: run_of(page).step > 0, "it trains")
    page.click(f"{PAGE}__pause")
    until(page, "paused")
    before = run_of(page).epoch
    page.click(f"{PAGE}__step_epoch")
    page.after(lambda: run_of(page).epoch > before and run_of(page).status == "paused", "an epoch on")
    assert run_of(page).step == 2000 * (before + 1)
    page.click(f"{PAGE}__stop")
    until(page, "stopped")
    assert f"{PAGE}__go_on" in {button.key for button in page.at.button}


def test_a_stop_within_an_epoch_shows_no_number_of_other_weights(page: Any) -> None:
    start(page, train_size=2000, test_size=20, epochs=200)
    page.after(lambda: run_of(page).epoch >= 1, "an epoch is over")
    page.click(f"{PAGE}__pause")
    until(page, "paused")
    if run_of(page).step % 2000 == 0:  # it stands between two epochs
        page.click(f"{PAGE}__step")
        page.after(lambda: run_of(page).step % 2000 and run_of(page).status == "paused", "a step further")
    page.click(f"{PAGE}__stop")
    until(page, "stopped")
    assert run_of(page).checkpoints[-1].step % 2000 != 0
    assert [page.metric(position) for position in (1, 2, 3)] == ["–", "–", "–"]
    assert "False alarms" not in page.words


def test_a_plateau_offers_more_epochs_and_goes_on(page: Any) -> None:
    start(page, **TINY, hidden="8-8")
    until(page, "finished")
    assert any("coin-flipping" in sentence for sentence in page.sentences)
    page.click(f"{PAGE}__cure")
    until(page, "finished")
    assert run_of(page).epoch == TINY["epochs"] + 20


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "hidden",
            "",
            "Hidden units must be 1 to 4 widths from 1 to 128, as in 56 or 56-48. Got '' instead: using 56.",
        ),
        ("patch", "10", "Patch size must be at most the image's 9 pixels. Got 10 instead: using 3 pixels."),
        ("share", "1", "Share with a patch must be a number from 0.05 to 0.95. Got '1' instead: using 0.5."),
    ],
)
def test_a_link_with_a_bad_value_says_so(open_page: OpenPage, name: str, value: str, sentence: str) -> None:
    page = open_page(PATH, **{f"{PAGE}__{name}": value})
    assert page.sentences == [sentence]
    assert page.state(f"{PAGE}__{name}") == getattr(PRESETS["quick"].config, name)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls(page: Any, name: str) -> None:
    page.click(f"{PAGE}__setup_{name}")
    setup = dict(CARDS[name].setup)
    config = PRESETS[setup.pop("preset")].config.replace(**setup)
    assert page.state(f"{PAGE}__lr") == config.lr
    assert page.state(f"{PAGE}__where") == config.where
    assert page.state(f"{PAGE}__hidden") == config.hidden


def test_a_painting_is_there_again_when_the_pad_was_not_shown_meanwhile(page: Any) -> None:
    paint(page, [True] * 81)
    judged = verdict(page)
    page.at.session_state[f"{PAGE}_pad"] = {}  # as a pad that is not shown forgets
    assert verdict(page.run()) == judged
    (pad,) = [json.loads(part.proto.json) for part in page.at.get("bidi_component")]
    assert pad["black"] == [True] * 81
