"""On the hill: what is asked for is measured, shared where it is equal, dropped with the view."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.figures.rolling import BALL
from dlcore.nets.registry import build_model
from dlcore.run import Run
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.training.config import TrainConfig
from tests.app.at_work import active, news, status, tasks
from tests.app.test_train import LONG, PATH, start, until
from ui import services
from ui.lenses.rolling import SEEN, Seen

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


def trained(owner: str, name: str, created: float, *seeds: int) -> str:
    """A finished run whose stops are fresh networks of these seeds."""
    run_id, config = f"{owner}_{name}", TrainConfig(train_size=200, val_size=100)
    made = Run(run_id, owner, "mnist", name, config.model_dump(), "finished", created=created)
    services.store().create(made)
    weights = [build_model("FastCNN", seed=seed).state_dict() for seed in seeds]
    folder = services.store().run_folder(run_id)
    saved = [save_checkpoint(folder, w, config, epoch=e, step=9 * e) for e, w in enumerate(weights)]
    services.store().record(run_id, [], saved)
    return run_id


def test_the_ball_rolls_along_the_run_before_and_is_measured_once_for_equal_runs(open_page: OpenPage) -> None:
    for owner in ("test_anna", "test_bert"):
        trained(owner, "first", 1.0, 1, 2)
        trained(owner, "second", 2.0, 1, 3)
    page = open_page(PATH, owner="test_anna", run="test_anna_second")
    before = measured()
    look(page)
    page.wait(lambda: balls(page), "the ball is there")
    assert not page.sentences
    assert balls(page) == 2
    assert "two of 215,194 directions, those in which **first** moved most." in page.words
    assert "of the movement so far" in page.words
    assert "Ball: step 9, loss " in page.words
    assert "on 200 training images. The cut goes through it." in page.words
    assert measured() == before + 1, "nothing before it was asked for"
    other = open_page(PATH, owner="test_bert", run="test_bert_second")
    look(other)
    other.wait(lambda: balls(other), "the neighbour's ball is there")
    assert measured() == before + 1, "it was measured once"
    first = open_page(PATH, owner="test_anna", run="test_anna_first")
    look(first)
    first.wait(lambda: balls(first), "its ball is there")
    assert "two of 215,194 directions, drawn at random." in first.words


def test_a_run_under_way_is_followed_and_with_the_view_its_work_is_dropped(train: Any) -> None:
    start(train, LONG | {"train_size": 1000, "batch_size": 1})
    look(train)
    train.wait(lambda: balls(train), "the first ground is there", news)
    before = balls(train)
    train.wait(lambda: balls(train) > before, "the ball has rolled on", news)
    train.wait(lambda: active("rolling"), "it works on more", news)
    mine = active("rolling")
    assert train.state(SEEN).pending.rests, "those who train come first"
    look(train, "curves")
    train.wait(lambda: all(status(task) in ("stopped", "finished") for task in mine), "it is dropped")
    assert not active("rolling")
    train.click("mnist_train__stop")
    until(train, "stopped")
    look(train)
    assert not train.state(SEEN).pending.rests, "nobody trains"


def test_another_run_that_was_deleted_meanwhile_leads_the_ball_no_longer(open_page: OpenPage) -> None:
    owner = "test_dora"
    ids = [
        trained(owner, name, created, *seeds)
        for name, created, *seeds in (("first", 1.0, 4, 5), ("second", 2.0, 4, 6))
    ]
    first, second = (run for run in map(services.runner().get, ids) if run is not None)
    page = open_page(PATH, owner=owner, run=second.id)
    page.at.session_state[SEEN] = Seen(second.id, second.checkpoints[0], first)
    for checkpoint in first.checkpoints:
        checkpoint.path.unlink()
    look(page)
    page.wait(lambda: balls(page), "its ball is there")
    assert not page.sentences
    assert "two of 215,194 directions, drawn at random." in page.words


def test_the_picture_is_made_once_for_what_is_known(open_page: OpenPage) -> None:
    page = open_page(PATH, owner="test_emil", run=trained("test_emil", "first", 1.0, 7, 8))
    look(page)
    page.wait(lambda: balls(page), "its ball is there")
    drawn = page.state("mnist_train__drawn")[1]
    assert page.run().state("mnist_train__drawn")[1] is drawn
