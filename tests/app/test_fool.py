"""Fool it: the search pixel by pixel, by hand, and networks measured on many digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.fooling.search import Change
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint
from dlcore.runs.tasks import Task
from tests.app.reading import reading, sees
from ui import services, state
from ui.lenses import fooling
from ui.work import Asked

OpenPage = Callable[..., Any]
PATH = "mnist/fool.py"


def test_it_opens_with_the_digit_untouched_and_goes_on_to_the_end(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert "**Untouched: it reads a 7 with" in page.words
    before = sees(page)
    page.click("mnist_fool__more")
    assert "**1 pixel changed: still a 7 with" in page.words
    assert sees(page) != before
    page.click("mnist_fool__all")
    (told,) = re.findall(r": it reads a (\d) with .* Untouched, it read a 7", page.words)
    assert reading(page) == int(told) != 7
    page.click("mnist_fool__none")
    assert "**Untouched: it reads a 7 with" in page.words
    assert reading(page) == 7


def test_another_digit_or_another_aim_begins_anew(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.click("mnist_fool__all")
    page.set("mnist_fool", wanted="3")
    assert "**Untouched: it reads a 7 with" in page.words
    page.click("mnist_fool__all")
    assert reading(page) == 3
    page.click("mnist_fool__next")
    assert "**Untouched: it reads a 2 with" in page.words
    assert page.at.selectbox(key="mnist_fool__wanted").label == "Turn this 2 into"


def test_by_hand_the_painted_pixels_count(open_page: OpenPage) -> None:
    page = open_page(PATH)
    digit = state.CurrentDigit(load_test().images[0, 0].numpy(), "Test digit 1, labelled 7.", 7)
    page.at.session_state["current_digit"] = digit
    page.set("mnist_fool", mode="hand")
    assert "**Click pixels of the digit.** A click makes a pixel white or black" in page.words
    untouched = sees(page)
    page.at.session_state["mnist_fool__painted"] = (digit, (Change(0, 0, 0, 255),))
    page.run()
    assert "Still a 7. Yours: 1 pixel." in page.words
    assert "The search needed" not in page.words, "not before a hand has fooled it"
    assert sees(page) != untouched
    page.click("mnist_fool__back")
    assert sees(page) == untouched
    assert page.at.button(key="mnist_fool__back").disabled


def test_a_hand_that_fools_it_is_told_what_the_search_needed(open_page: OpenPage) -> None:
    page = open_page(PATH)
    digit = page.state("current_digit")
    changes = page.state("mnist_fool__search")[1].steps[-1].changes
    page.at.session_state["mnist_fool__painted"] = (digit, changes)
    page.set("mnist_fool", mode="hand")
    pixels = f"{len(changes)} pixels"
    assert (
        f"**You fooled it with {pixels}: it reads a {reading(page)}. The search needed {pixels}.**"
        in page.words
    )


def test_cards_are_set_up_and_the_networks_are_measured(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.set("mnist_fool", guess_training="Skip", guess_pixels="Skip")
    assert "pixels of 784 make a" in page.words
    page.click("mnist_fool__setup_training")
    page.wait(lambda: page.words.count(": 50 of 50 test digits") == 2, "both are measured")
    assert "**The shipped model, epoch 2**: 50 of 50 test digits" in page.words
    assert "**The shipped model, epoch 20**: 50 of 50 test digits" in page.words
    (chart,) = page.charts()
    assert len(chart["pixels"]) == 100


def test_a_measurement_that_failed_hides_none_at_work_and_is_tried_again(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    works: dict[int, Task] = {}
    tried: list[str] = []

    def hardness(checkpoint: Checkpoint) -> Asked[Any]:
        failed = Task(f"epoch {checkpoint.epoch}", "hardness", "failed", "Its process was ended.")
        return Asked(task=works.get(checkpoint.epoch, failed))

    monkeypatch.setattr(fooling, "hardness", hardness)
    monkeypatch.setattr(services.tasks(), "get", lambda task_id: works[20])
    monkeypatch.setattr(services.tasks(), "retry", tried.append)
    works[20] = Task("epoch 20", "hardness", "running")
    page = open_page(PATH)
    page.click("mnist_fool__setup_training")
    assert [bar.proto.text for bar in page.at.get("progress")] == ["Reading the test digits …"]
    works.clear()
    page.run()
    assert page.sentences == ["Its process was ended."]
    page.click("mnist_fool__again")
    assert tried == ["epoch 2"]
