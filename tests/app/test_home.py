"""Home: one digit passes through, before and after training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.mnist.files import load_test
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.home_cards import BEFORE, CARDS
from dlcore.serving.predictor import Predictor, make_predictor
from tests.app import at_work
from tests.waiting import wait_until
from ui.lenses import mnist

OpenPage = Callable[..., Any]


@pytest.fixture
def home(open_page: OpenPage) -> Any:
    page = open_page("home.py")
    page.at.toggle(key="home__playing").set_value(False).run()
    return page


@pytest.fixture
def judged(home: Any) -> Any:
    """Home once both machines have read all test digits."""
    for checkpoint in (shipped_run("mnist").checkpoints[0], shipped_run("mnist").checkpoints[-1]):
        task = mnist.evaluation(checkpoint, session="a test").task
        assert task is not None
        wait_until(lambda: at_work.status(task) == "finished", "all test digits are read")  # noqa: B023
    return home.run()


@pytest.fixture(scope="module")
def trained() -> Predictor:
    return make_predictor(*load_model(shipped_run("mnist").checkpoints[-1]))


def test_next_digit_shows_another_one(home: Any) -> None:
    labels = load_test().labels.tolist()
    for index in range(3):
        assert home.state("home__index") == index
        assert f"**{labels[index]}**" in home.words
        before = home.picture()
        home.click("home__next")
        assert home.picture() != before


def test_after_the_last_digit_comes_the_first(home: Any) -> None:
    home.at.session_state["home__index"] = 9999
    home.click("home__next")
    assert home.state("home__index") == 0


def test_training_is_what_decides_the_vote(home: Any) -> None:
    when = home.at.segmented_control(key="home__when")
    after = home.shares()
    when.set_value(BEFORE).run()
    before = home.shares()
    assert max(before) < 0.3  # it guesses
    assert max(after) > 0.9
    assert 1.5 < float(home.metric()) < 3  # the loss of guessing is ln 10 = 2.30


def test_the_shown_vote_is_the_networks(home: Any, trained: Predictor) -> None:
    prediction = trained.predict(load_test().images[0, 0].numpy())
    assert home.shares() == pytest.approx(prediction.probabilities, abs=1e-4)


def test_one_it_gets_wrong_is_one_it_gets_wrong(judged: Any, trained: Predictor) -> None:
    test, seen = load_test(), set()
    for _ in range(3):
        judged.click("home__wrong")
        index = judged.state("home__index")
        seen.add(index)
        assert trained.predict(test.images[index, 0].numpy()).digit != int(test.labels[index])
        assert "✗" in judged.words
    assert len(seen) == 3
    assert not judged.sentences


def test_the_count_of_mistakes_is_the_shipped_models(judged: Any) -> None:
    correct = shipped_run("mnist").last("test_correct")
    assert correct is not None
    assert f"{10_000 - int(correct.value)} wrong" in judged.words


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls_and_says_what_they_show(judged: Any, name: str) -> None:
    card = CARDS[name]
    assert card.why not in judged.words
    judged.click(f"home__setup_{name}")
    for control, value in card.setup.items():
        assert judged.state(f"home__{control}") == value
    assert card.why not in judged.words, "first the guess"
    judged.at.pills(key=f"home__guess_{name}").set_value(card.answers[0]).run()
    assert card.why in judged.words
    assert "did not appear" not in judged.words


def test_it_plays_by_itself_only_while_play_is_on(home: Any) -> None:
    for _ in range(2):
        home.run()
    assert home.state("home__index") == 0


@pytest.mark.parametrize(
    ("button", "title"), [("home__draw", "1.1 Draw a digit"), ("home__train", "2.1 Train on digits")]
)
def test_its_buttons_lead_on(home: Any, button: str, title: str) -> None:
    home.click(button)
    assert home.at.title[0].value == title
