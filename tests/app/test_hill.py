"""On the hill: what is asked for is measured, shared where it is equal, dropped with the view."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.figures.rolling import BALL
from tests.app.at_work import active, news, status, tasks
from tests.app.test_train import LONG, PATH, TINY, run, start, until

OpenPage = Callable[..., Any]
HILL = "mnist_train__beside"


@pytest.fixture
def train(open_page: OpenPage) -> Any:
    return open_page(PATH)


def look(page: Any, where: str = "hill") -> None:
    page.at.segmented_control(key=HILL).set_value(where).run()


def balls(page: Any) -> int:
    """How many stops stand on the measured ground; 0 while there is none."""
    for element in page.at.get("bidi_component"):
        data = json.loads(element.proto.json)["figure"]["data"]
        if data[0]["type"] == "surface":
            return len(base64.b64decode(data[BALL]["x"]["bdata"])) // 4
    return 0


def measured() -> int:
    return len([task for task in tasks() if task.kind == "rolling"])


def test_before_ones_own_run_its_place_is_empty_and_costs_nothing(train: Any) -> None:
    before = measured()
    look(train)
    assert balls(train) == 0
    words = [json.loads(e.proto.json)["words"] for e in train.at.get("bidi_component")]
    assert "Start training: your network rolls downhill here." in words
    assert measured() == before


def test_the_ball_of_a_run_stands_on_its_ground_once_and_for_all_who_train_the_same(
    open_page: OpenPage,
) -> None:
    before = measured()
    page = open_page(PATH)
    start(page, TINY)
    until(page, "finished")
    assert measured() == before, "curves cost nothing"
    look(page)
    page.wait(lambda: balls(page), "the ball is there")
    assert not page.sentences
    assert balls(page) == len(run(page).checkpoints)
    assert "A cut along two of 215,194 directions, drawn at random." in page.words
    assert "of the movement so far" in page.words
    assert f"Ball: step {run(page).step}, loss " in page.words
    assert "on 200 training digits. The cut goes through it." in page.words
    mine = measured()
    other = open_page(PATH, owner="test_neighbour")
    start(other, TINY)
    until(other, "finished")
    look(other)
    other.wait(lambda: balls(other), "the neighbour's ball is there")
    assert measured() == mine, "it was measured once"
    name = run(page).name
    start(page, TINY | {"lr": 0.001})  # along the directions of the run before, from the same first weights
    until(page, "finished")
    page.wait(lambda: f"those in which **{name}** moved most" in page.words and balls(page), "it rolls there")
    assert not page.sentences


def test_a_run_under_way_is_followed_and_with_the_view_its_work_is_dropped(train: Any) -> None:
    start(train, LONG | {"train_size": 1000})
    look(train)
    train.wait(lambda: balls(train), "the first ground is there")
    before = balls(train)
    train.wait(lambda: balls(train) > before, "the ball has rolled on")
    train.wait(lambda: active("rolling"), "it works on more", news)
    mine = active("rolling")
    look(train, "curves")
    train.wait(lambda: all(status(task) in ("stopped", "finished") for task in mine), "it is dropped")
    assert not active("rolling")
    train.click("mnist_train__stop")
    until(train, "stopped")
