"""Profiling: it measures by itself, shows what it found, and once for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.events import Stage
from dlcore.inspection.python_profile.cards import CARDS
from dlcore.inspection.python_profile.result import Profile
from dlcore.runs.tasks import Task
from dlcore.words import percent
from tests.app.at_work import active, holds, status, tasks

OpenPage = Callable[..., Any]
PATH = "black_patch/profiling.py"
KEY = "black_patch_profiling"
SMALL = {f"{KEY}__train_size": "40", f"{KEY}__test_size": "20"}


@pytest.fixture
def visit(open_page: OpenPage) -> Any:
    """A visitor whose profile, a small one, is finished."""
    return open_page(PATH, **SMALL).measured()


def profile(page: Any) -> Profile:
    found: Profile = page.state(f"{KEY}__shown")
    return found


def test_it_measures_by_itself_and_says_how_far_it_is(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = Task("early", "profile", "running", events=(Stage(0.25, "With a clock around each statement"),))
    with monkeypatch.context() as patch:
        holds(patch, early)
        page = open_page(PATH, **SMALL, **{f"{KEY}__seed": "7"})
        (progress,) = page.at.get("progress")
        assert (progress.proto.value, progress.proto.text) == (25, "With a clock around each statement …")
        assert page.at.button(key=f"{KEY}__start").disabled
        assert "Measuring it" in page.words
    page.measured()
    assert not page.at.button(key=f"{KEY}__start").disabled
    assert "Measuring it" not in page.words


def test_the_first_sentence_holds_the_measured_number(visit: Any) -> None:
    share = percent(profile(visit).layer_one)
    assert f"time is layer 1's multiply-add: **{share}**" in visit.words
    assert visit.metric(0) == share
    assert "Profiling slows calls: compare shares." in visit.words
    assert "1 epoch of 40 images" in visit.words


def test_it_opens_on_one_step_over_time_in_plain_words(visit: Any) -> None:
    step, *_ = visit.charts()
    assert step["part"] == ["Load", "Forward", "Backward", "Update"]
    assert step["begin"][1:] == step["end"][:-1]
    assert visit.words.index("of one step: it") < visit.words.index("time is layer 1's multiply-add")


def test_a_second_visitor_gets_it_at_once(visit: Any, open_page: OpenPage) -> None:
    before = len(tasks())
    second = open_page(PATH, owner="another", **SMALL)
    assert second.at.metric
    assert second.metric(0) == visit.metric(0)
    assert len(tasks()) == before


def test_every_picture_is_there_with_its_words(visit: Any) -> None:
    charts = visit.at.get("vega_lite_chart")
    assert len(charts) == 4
    graphs = visit.at.get("graphviz_chart")
    assert len(graphs) == 1
    assert "digraph" in graphs[0].proto.spec
    assert all(element.proto.alt for element in (*charts, *graphs))


def test_the_lines_are_those_of_the_longest_bar_until_another_is_chosen(visit: Any) -> None:
    names = [function.name for function in profile(visit).functions]
    choice = visit.at.selectbox(key=f"{KEY}__function")
    assert choice.value == names[0]
    html = visit.at.get("html")[0].proto.body
    assert "dot(row, x)" in html
    choice.set_value("Dense.nudge").run()
    assert "step * x_j" in visit.at.get("html")[0].proto.body


def test_a_function_without_timed_lines_says_so(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which functions take the most time is measured; whether one of them is untimed must not decide."""
    monkeypatch.setattr(Profile, "lines_of", lambda profile, name: ())
    choice = visit.at.selectbox(key=f"{KEY}__function")
    choice.set_value(choice.options[-1]).run()
    assert "are not timed" in visit.words


def test_the_same_once_more_is_measured_anew(visit: Any) -> None:
    before = len(tasks())
    visit.click(f"{KEY}__start")
    assert visit.at.metric, "the old picture stays"
    visit.measured()
    assert len(tasks()) == before + 1


def test_another_network_is_another_profile(visit: Any) -> None:
    visit.at.text_input(key=visit.shown(f"{KEY}__hidden")).set_value("8-4").run()
    assert "81-56-1" in visit.words, "nothing is measured before it is asked for"
    visit.click(f"{KEY}__start")
    visit.measured()
    assert "81-8-4-1" in visit.words
    assert visit.at.query_params[f"{KEY}__hidden"] == "8-4"


def test_a_network_that_cannot_be_is_a_sentence(visit: Any) -> None:
    before = len(tasks())
    visit.at.text_input(key=visit.shown(f"{KEY}__hidden")).set_value("many").run()
    visit.click(f"{KEY}__start")
    (sentence,) = visit.sentences
    assert sentence.startswith("Hidden units must be 1 to 4 widths")
    assert len(tasks()) == before
    assert visit.at.metric


def test_what_takes_long_can_be_cancelled(visit: Any, wait_until: Callable[..., None]) -> None:
    visit.at.number_input(key=visit.shown(f"{KEY}__epochs")).set_value(5).run()
    visit.at.number_input(key=visit.shown(f"{KEY}__train_size")).set_value(2000).run()
    visit.click(f"{KEY}__start")
    assert visit.at.get("progress")
    visit.click(f"{KEY}__cancel")
    assert not visit.at.get("progress")
    assert visit.at.metric, "what was shown stays"
    wait_until(lambda: not active(), "it has stopped")
    visit.run()
    assert not active()


def test_a_link_sets_the_controls(open_page: OpenPage) -> None:
    page = open_page(PATH, **SMALL, **{f"{KEY}__hidden": "8-4", f"{KEY}__epochs": "99"})
    assert page.sentences == ["Epochs must be a whole number from 1 to 5. Got '99' instead: using 1."]
    assert page.at.text_input(key=page.shown(f"{KEY}__hidden")).value == "8-4"
    assert page.at.number_input(key=page.shown(f"{KEY}__epochs")).value == 1


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls(visit: Any, name: str) -> None:
    visit.at.text_input(key=visit.shown(f"{KEY}__hidden")).set_value("8").run()
    visit.click(f"{KEY}__setup_{name}")
    assert visit.at.text_input(key=visit.shown(f"{KEY}__hidden")).value == CARDS[name].setup["hidden"]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_reads_the_visitors_own_profile(visit: Any, name: str) -> None:
    found = CARDS[name].see(profile(visit))
    assert found is not None
    assert found.text not in visit.words
    visit.at.pills(key=f"{KEY}__guess_{name}").set_value(CARDS[name].answers[0]).run()
    assert found.text in visit.words


def test_the_profile_can_be_taken_away(visit: Any) -> None:
    (button,) = visit.at.get("download_button")
    assert button.proto.label == "Download the .pstats"
    commands = [block.value for block in visit.at.code]
    assert any("-m cProfile -o out.pstats -m dlcore black-patch train" in text for text in commands)


def test_leaving_the_page_ends_what_it_still_measures(
    open_page: OpenPage, wait_until: Callable[..., None]
) -> None:
    page = open_page(PATH, **{f"{KEY}__epochs": "5", f"{KEY}__train_size": "2000"})
    (task,) = active()
    page.switch("home.py")
    wait_until(lambda: not active(), "it has ended")
    assert status(task) == "stopped"
