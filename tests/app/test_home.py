"""Home: draw at once; one digit passes through, before and after training; the path and where one was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from dlcore.classroom.lesson_plans import LESSON_PLANS
from dlcore.errors import StoreError
from dlcore.mnist.files import load_test
from dlcore.run import Run, new_run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.home_cards import BEFORE, CARDS
from dlcore.serving.predictor import Predictor, make_predictor
from dlcore.training.config import TrainConfig
from tests.app import at_work
from tests.app.reading import reading, vote
from tests.app.test_draw import ONE, SEVEN, png, put
from tests.waiting import wait_until
from ui import services
from ui.lenses import mnist
from ui.path import PATH
from ui.plans import with_minutes

OpenPage = Callable[..., Any]


@pytest.fixture
def home(open_page: OpenPage) -> Any:
    page = open_page("home.py")
    page.at.toggle(key=page.shown("home__playing")).set_value(False).run()
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


def test_what_served_the_answer_is_left_to_the_page_of_drawing(home: Any, open_page: OpenPage) -> None:
    assert vote(home)["detail"] == ""
    assert " ms on this server's CPU." in vote(open_page("mnist/draw.py"))["detail"]


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
    when = home.at.segmented_control(key=home.shown("home__when"))
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


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> dict[str, float | None]:
    """After how many seconds each part of the page is drawn again by itself."""
    found, fragment = {}, st.fragment

    def timed(draw: Callable[..., Any], *, run_every: float | None = None) -> Any:
        found[draw.__name__] = run_every
        return fragment(draw, run_every=run_every)

    monkeypatch.setattr(st, "fragment", timed)
    return found


def tick(page: Any) -> None:
    """The parts of the page are drawn again, as the browser asks for it when their time has come."""
    ask = LocalScriptRunner.request_rerun
    parts = [*page.at._fragment_storage._fragments]

    def for_parts(runner: LocalScriptRunner, data: RerunData) -> bool:
        runner._requests = ScriptRequests()  # else all of the page is asked for already
        return ask(runner, replace(data, fragment_id_queue=parts))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalScriptRunner, "request_rerun", for_parts)
        page.run()


def test_it_plays_by_itself_only_while_play_is_on(judged: Any, timers: dict[str, float | None]) -> None:
    judged.run()
    assert timers["passage"] is None
    tick(judged)
    assert judged.state("home__index") == 0
    judged.set("home", playing=True)
    assert timers["passage"] == 2.5
    labels = load_test().labels.tolist()
    for index in (1, 2):
        tick(judged)
        assert judged.state("home__index") == index
        assert f"**{labels[index]}**" in judged.words
    judged.set("home", playing=False)
    tick(judged)
    assert judged.state("home__index") == 2


@pytest.mark.parametrize(
    ("button", "title"), [("home__draw", "1.1 Draw a digit"), ("home__train", "2.2 Train on digits")]
)
def test_its_buttons_lead_on(home: Any, button: str, title: str) -> None:
    home.click(button)
    assert home.at.title[0].value == title


# --- Drawing, and what becomes of the drawing -------------------------------------------------------


def test_a_drawing_is_read_and_passes_through_the_machine(home: Any) -> None:
    put(home, png(SEVEN), page="home")
    assert reading(home) == 7
    shares = home.shares()
    assert shares.index(max(shares)) == 7
    assert "Say which digit you meant" in home.words
    assert not home.at.metric
    home.at.pills(key="home__meant").set_value(1).run()
    assert float(home.metric()) > 3, "far from what was meant"
    home.at.pills(key="home__meant").set_value(7).run()
    assert "✓" in home.words
    picture = home.picture()
    put(home, png(ONE), page="home")
    assert home.picture() != picture
    assert home.state("home__meant") is None, "another drawing means something else"


def test_the_next_test_digit_leaves_the_drawing_on_the_canvas(home: Any) -> None:
    put(home, png(SEVEN), page="home").click("home__next")
    assert f"**{int(load_test().labels[1])}**" in home.words
    assert reading(home) == 7


def test_without_a_digit_it_asks_for_one(home: Any) -> None:
    home.click("home__clear")
    assert reading(home) is None
    assert "here it passes through the machine" in home.words


def test_what_training_changed_is_shown_before_and_after(home: Any) -> None:
    maps, changed = home.picture(1), home.picture(2)
    home.at.segmented_control(key=home.shown("home__when")).set_value(BEFORE).run()
    assert home.picture(1) != maps
    assert home.picture(2) == changed


# --- The path ---------------------------------------------------------------------------------------


def links(page: Any) -> list[tuple[str, str]]:
    """(address, label) of every link in the page's body."""
    return [(link.proto.page, link.proto.label) for link in page.at.main.get("page_link")]


def test_every_page_of_the_path_has_its_line(home: Any) -> None:
    addresses = [address for address, _ in links(home)]
    for stop in PATH:
        assert stop.address in addresses
        assert f"{stop.teaches} :gray[{stop.minutes}\N{NO-BREAK SPACE}min]" in home.words
    assert "· ✓ opened" not in home.words


def test_the_plans_are_links(home: Any) -> None:
    labels = [label for _, label in links(home)]
    for plan in LESSON_PLANS.values():
        assert set(map(with_minutes, plan.steps)) <= set(labels)


def test_what_was_opened_is_ticked_even_in_another_visit(home: Any, open_page: OpenPage) -> None:
    assert [button.key for button in home.at.button if button.key == "home__go_on"] == []
    home.switch("black_patch/embedding.py").switch("optimizers/race.py")
    owner = home.state("owner")
    for page in (home.switch("home.py"), open_page("home.py", owner=owner)):
        assert page.words.count("· ✓ opened") == 2  # a page ticks the one in whose place it stands
        assert page.at.button(key="home__go_on").label == "Go on: 2.4 Optimizer race"
    assert "· ✓ opened" not in open_page("home.py", owner="opened nothing").words
    page.click("home__go_on")
    assert page.at.title[0].value == "2.4 Optimizer race"


def test_from_a_page_whose_card_has_spoken_one_goes_on_to_the_next(home: Any) -> None:
    home.switch("tensors.py")
    home.at.pills(key="tensors__guess_again").set_value("12").run()
    home.switch("home.py")
    assert home.at.button(key="home__go_on").label == "Go on: 3.3 Signals and blame"


def test_training_is_offered_until_somebody_has_trained(home: Any, open_page: OpenPage) -> None:
    assert home.at.button(key="home__train").label == "Train now"
    run = new_run(home.state("owner"), "mnist", TrainConfig(), name="mine", status="stopped")
    services.store().create(run)
    keys = {button.key for button in open_page("home.py", owner=home.state("owner")).at.button}
    assert "home__train" not in keys


@pytest.fixture
def own_run(home: Any) -> Run:
    run = new_run(home.state("owner"), "mnist", TrainConfig(), name="mine", status="stopped")
    services.store().create(run)
    return run


def test_one_goes_on_with_the_run_one_looked_at(home: Any, own_run: Run, open_page: OpenPage) -> None:
    owner = home.state("owner")
    open_page("mnist/train.py", owner=owner, run=own_run.id)
    page = open_page("home.py", owner=owner)
    assert page.at.button(key="home__go_on").label == "Go on: 2.2 Train on digits · mine"
    page.click("home__go_on")
    assert page.at.title[0].value == "2.2 Train on digits"
    assert page.at.query_params["run"] == own_run.id
    services.store().delete(own_run.id)
    page = open_page("home.py", owner=owner)
    assert page.at.button(key="home__go_on").label == "Go on: 2.2 Train on digits"


def test_a_record_that_cannot_be_written_costs_nobody_a_page(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full: make room.")

    monkeypatch.setattr(services.store(), "opened", full)
    home.switch("optimizers/race.py")
    assert home.at.title[0].value == "2.4 Optimizer race"
    assert not home.sentences
