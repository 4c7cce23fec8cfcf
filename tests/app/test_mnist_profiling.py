"""Profiling of the digits: it measures by itself, shows what comes first, and once for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.inspection.torch_profile.cards import CARDS
from dlcore.inspection.torch_profile.result import Point, TorchProfile, cores
from dlcore.runs.tasks import Task
from tests.app.at_work import active, holds, tasks

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/profiling.py", "mnist_profiling"
SMALL = {f"{PAGE}__largest": "1"}


@pytest.fixture
def visit(open_page: OpenPage) -> Any:
    """A visitor whose profile is finished; all share one."""
    return open_page(PATH, **SMALL).measured()


def profile(page: Any) -> TorchProfile:
    found: TorchProfile = page.state(f"{PAGE}__shown")
    return found


def test_it_measures_by_itself_and_shows_what_comes_first(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = Task("early", "torch_profile", "running", events=(Point(1, (0.4,)), Point(2, (0.5, 0.6))))
    with monkeypatch.context() as patch:
        holds(patch, early)
        page = open_page(PATH, **SMALL)
        assert page.at.get("progress")
        assert "measured so far" in page.words
        assert len(page.charts()) == 1
        assert page.at.button(key=f"{PAGE}__start").disabled
        assert "Measuring it" in page.words
    page.measured()
    assert "of a training step is `" in page.words
    assert not page.at.button(key=f"{PAGE}__start").disabled


def test_every_picture_has_words_and_every_number_its_source(visit: Any) -> None:
    charts = visit.at.get("vega_lite_chart")
    assert len(charts) == (6 if cores() > 1 else 5)
    assert all(chart.proto.alt for chart in charts)
    assert "FastCNN with 64 images, 1 thread of" in visit.words
    assert "compare shares" in visit.words


def test_it_opens_on_one_step_over_time_in_plain_words(visit: Any) -> None:
    step, *_ = visit.charts()
    assert step["part"] == ["Load", "Forward", "Backward", "Update"]
    assert step["begin"][0] == 0
    assert step["begin"][1:] == step["end"][:-1]
    assert visit.words.index("of one step: it") < visit.words.index("of a training step is `")


def test_what_is_taken_apart_can_be_chosen(visit: Any) -> None:
    step, before, *_ = visit.charts()
    visit.at.segmented_control(key=f"{PAGE}__work").set_value("inference").run()
    assert visit.charts()[1] != before
    assert visit.charts()[0] == step, "one training step stays what it is"
    assert "of a call of the network is `" in visit.words


def test_a_second_visitor_gets_it_at_once(visit: Any, open_page: OpenPage) -> None:
    before = len(tasks())
    second = open_page(PATH, owner="another", **SMALL)
    assert second.metric(0) == visit.metric(0)
    assert len(tasks()) == before


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls_and_reads_the_visitors_own_profile(visit: Any, name: str) -> None:
    visit.at.number_input(key=visit.shown(f"{PAGE}__batch_size_exact")).set_value(8).run()
    visit.click(f"{PAGE}__setup_{name}")
    assert visit.at.number_input(key=visit.shown(f"{PAGE}__batch_size_exact")).value == 64
    found = CARDS[name].see(profile(visit))
    if found is None:
        assert (name, cores()) == ("threads", 1), "nothing to compare"
        return
    visit.at.pills(key=f"{PAGE}__guess_{name}").set_value(CARDS[name].answers[0]).run()
    assert found.text in visit.words


def test_what_takes_long_can_be_cancelled_and_the_old_picture_stays(
    visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        dropped = holds(patch, Task("held", "torch_profile", "running"))
        visit.click(f"{PAGE}__start")
        assert visit.at.get("progress")
        assert visit.at.metric
        visit.click(f"{PAGE}__cancel")
    assert dropped == {"held"}
    assert not visit.at.get("progress")
    assert visit.at.metric


def test_after_a_cancel_nothing_claims_to_measure(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__batch_size": "1024"})
    assert "Measuring it" in page.words
    page.click(f"{PAGE}__cancel")
    assert "Measuring it" not in page.words
    assert "Choose *Profile*" in page.words


def test_what_waits_says_so(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task("queued", "torch_profile")
    holds(monkeypatch, task)
    page = open_page(PATH)
    (progress,) = page.at.get("progress")
    assert progress.proto.text == "Waiting for a free place …"


def test_more_threads_than_cores_are_a_sentence(open_page: OpenPage) -> None:
    before = len(tasks())
    page = open_page(PATH, **SMALL, **{f"{PAGE}__threads": str(cores() + 1)})
    assert any(sentence.startswith("Threads must be at most") for sentence in page.sentences)
    assert len(tasks()) == before


def test_leaving_the_page_ends_what_it_still_measures(
    open_page: OpenPage, wait_until: Callable[..., None]
) -> None:
    page = open_page(PATH, **{f"{PAGE}__batch_size": "1024"})
    assert active()
    page.switch("home.py")
    wait_until(lambda: not active(), "it has ended")
