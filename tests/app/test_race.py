"""Race: it opens on a finished race, every control runs another, and who leaves learns why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.optimizers.cards import CARDS
from dlcore.optimizers.race import PRESETS
from dlcore.optimizers.rules import TITLES

OpenPage = Callable[..., Any]
PATH, PAGE = "optimizers/race.py", "optimizers_race"


@pytest.fixture
def track(open_page: OpenPage) -> Any:
    return open_page(PATH)


def set_up(page: Any, **values: Any) -> Any:
    for name, value in values.items():
        page.at.session_state[f"{PAGE}__{name}"] = value
    return page.run()


def pictures(page: Any) -> list[dict[str, Any]]:
    """In space, and from above."""
    return [json.loads(part.proto.json) for part in page.at.get("bidi_component")]


def places(page: Any) -> dict[str, str]:
    (rows,) = page.tables()
    return {row["Racer"].split()[1]: row["Where"] for row in rows}


def test_it_opens_on_a_finished_race(track: Any) -> None:
    assert not track.sentences
    space, above = pictures(track)
    assert [trace["type"] for trace in (space["figure"]["data"][0], above["figure"]["data"][0])] == [
        "surface",
        "contour",
    ]
    assert space["play"]["steps"] == above["play"]["steps"] == 150
    assert space["play"]["group"] == above["play"]["group"]
    assert (space["play"]["controls"], above["play"]["controls"]) == (True, False)
    assert space["clickable"]
    assert above["clickable"]
    assert "SGD: minimum (0.00, 0.00) from step 75" in space["alt"]
    assert set(places(track)) == set(TITLES.values())
    (losses,) = track.charts()
    assert set(losses["racer"]) == set(TITLES.values())


def test_too_large_a_step_leaves_and_one_click_cures_it(track: Any) -> None:
    set_up(track, lr=0.21, racers="sgd")
    assert "**SGD** left at step 14: lr 0.21 > 2/λ = 0.2." in track.words
    assert places(track) == {"SGD": "Off the map at step 14"}
    track.click(f"{PAGE}__cure")
    assert track.state(f"{PAGE}__lr") == 0.1
    assert places(track)["SGD"].startswith("Minimum (0.00, 0.00)")
    assert "left at step" not in track.words


def test_another_hill_brings_its_own_start(track: Any) -> None:
    track.at.selectbox(key=track.shown(f"{PAGE}__preset")).set_value("himmelblau").run()
    assert not track.sentences
    assert (track.state(f"{PAGE}__start_x"), track.state(f"{PAGE}__start_y")) == (1.0, -1.0)
    ends = places(track)
    assert ends["SGD"].startswith("Minimum (3.58, -1.85)")
    assert ends["Adam"].startswith("Minimum (3.00, 2.00)")
    assert track.at.query_params[f"{PAGE}__preset"] == "himmelblau"
    track.at.number_input(key=track.shown(f"{PAGE}__start_y")).set_value(1.0).run()
    assert places(track)["SGD"].startswith("Minimum (3.00, 2.00)")


@pytest.mark.parametrize("hill", PRESETS)
def test_every_hill_is_gone_down_from_a_place_on_it(track: Any, hill: str) -> None:
    track.at.selectbox(key=track.shown(f"{PAGE}__preset")).set_value("beale").run()
    track.at.selectbox(key=track.shown(f"{PAGE}__preset")).set_value(hill).run()
    assert not track.sentences
    assert track.state(f"{PAGE}__start_x") == PRESETS[hill].start_x
    assert track.at.query_params.get(f"{PAGE}__preset", "bowl") == hill


def test_each_may_take_its_best_rate(track: Any) -> None:
    track.at.segmented_control(key=track.shown(f"{PAGE}__rates")).set_value("best").run()
    (rows,) = track.tables()
    assert len({row["Learning rate"] for row in rows}) > 1
    assert not [one for one in track.at.number_input if one.key.startswith(f"{PAGE}__lr_exact")]


def test_racers_may_stay_at_home(track: Any) -> None:
    track.at.pills(key=track.shown(f"{PAGE}__chosen")).set_value(["sgd", "adam"]).run()
    assert set(places(track)) == {"SGD", "Adam"}
    assert track.at.query_params[f"{PAGE}__racers"] == "sgd adam"
    track.at.pills(key=track.shown(f"{PAGE}__chosen")).set_value([]).run()
    assert set(places(track)) == set(TITLES.values()), "a race needs somebody"


def test_one_step_with_its_numbers(track: Any) -> None:
    assert "**SGD, step 1 of 150.**" in track.words
    assert r"-1.8 - 0.05\cdot (-1.8) = -1.71" in "\n".join(str(part.value) for part in track.at.markdown)
    track.at.segmented_control(key=f"{PAGE}__follow").set_value("adam").run()
    track.at.session_state["optimizers_race-space"] = {"step": 7}
    track.run()
    assert "**Adam, step 7 of 150.**" in track.words
    assert any("def adam(" in block.value for block in track.at.code)
    track.at.pills(key=track.shown(f"{PAGE}__chosen")).set_value(["sgd"]).run()
    assert "**SGD, step 7 of 150.**" in track.words


def test_the_table_stands_where_the_bar_stands(track: Any) -> None:
    assert "**After 150 steps.** **RMSprop** reached the minimum first, at step 18." in track.words
    track.at.session_state["optimizers_race-space"] = {"step": 1}
    track.run()
    assert "**After 1 step.** Nobody has reached the minimum." in track.words
    assert set(places(track).values()) == {"Still on its way"}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"lr": "0"}, "Learning rate must be a number from 0.0001 to 1. Got '0' instead: using 0.05."),
        ({"lr": "nan"}, "Learning rate must be a number from 0.0001 to 1. Got 'nan' instead: using 0.05."),
        (
            {"preset": "saddle", "start_x": "3"},
            "Start x must be from -1 to 1 on this hill. Got 3 instead: using -0.8.",
        ),
        (
            {"preset": "everest"},
            "Preset must be one of bowl, saddle, rosenbrock, himmelblau, beale, rastrigin. "
            "Got 'everest' instead: using bowl.",
        ),
    ],
)
def test_a_wrong_link_is_a_sentence_and_the_race_goes_on(
    open_page: OpenPage, query: dict[str, str], sentence: str
) -> None:
    page = open_page(PATH, **{f"{PAGE}__{name}": value for name, value in query.items()})
    assert page.sentences == [sentence]
    assert places(page)


def test_a_link_repeats_the_race(open_page: OpenPage, track: Any) -> None:
    set_up(track, lr=0.1, momentum=0.5, start_x=1.5)
    other = open_page(PATH, owner="other", **track.at.query_params)
    assert not other.sentences
    assert other.tables() == track.tables()


def test_every_card_sets_the_race_up_and_reads_it(track: Any) -> None:
    for name, card in CARDS.items():
        track.at.pills(key=f"{PAGE}__guess_{name}").set_value("Skip")
        track.click(f"{PAGE}__setup_{name}")
        assert not track.sentences
        assert card.why in track.words
        assert "did not appear" not in track.words, name


def test_a_visit_keeps_its_race(track: Any) -> None:
    track.at.selectbox(key=track.shown(f"{PAGE}__preset")).set_value("beale").run()
    ends = places(track)
    track.switch("mnist/draw.py")
    track.switch(PATH)
    assert not track.sentences
    assert places(track) == ends


@pytest.mark.parametrize("name", ["lr", "steepest", "momentum", "start_x", "start_y", "steps"])
def test_the_smallest_number_there_is(open_page: OpenPage, name: str) -> None:
    """In an address, and from a client that sends it for a widget: refused in a sentence, or raced."""
    refused = name in ("lr", "steepest", "steps")
    tiny = 0 if name == "steps" else 5e-324  # a whole number has no smaller one
    for hill in ("bowl", "rosenbrock"):
        page = open_page(PATH, **{f"{PAGE}__preset": hill, f"{PAGE}__{name}": str(tiny)})
        assert len(page.sentences) == refused
        assert len(pictures(page)) == 2
    set_up(page, **{name: tiny})
    assert len(page.sentences) <= refused, "a widget may put it right by itself"
    assert len(pictures(page)) == 2
