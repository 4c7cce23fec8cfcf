"""The page that finds a learning rate: from Train, and back with one click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OpenPage = Callable[..., Any]
PATH, PAGE = "lr_finder.py", "lr_finder"
QUICK = {f"{PAGE}__batch_size": "8", f"{PAGE}__optimizer": "sgd"}


def found(page: Any) -> bool:
    return "Suggested: " in page.words


def test_it_searches_unasked_tries_and_takes_the_rate_to_train(open_page: OpenPage) -> None:
    page = open_page(PATH, **QUICK)
    page.wait(lambda: found(page), "it has found a rate")
    assert page.sentences == []
    (curve,) = page.charts()
    assert {"suggested", "steepest", "lowest"} <= set(curve["mark"])
    page.click(f"{PAGE}__try")
    page.wait(lambda: "After 100 steps" in page.words, "it has tried it")
    assert len(page.charts()[1]["rate"]) >= 3
    rate = dict(zip(curve["mark"], curve["rate"], strict=True))["suggested"]
    page.click(f"{PAGE}__use")
    assert page.at.title[0].value.startswith("2.2 Train on digits")
    assert page.state("mnist_train__lr") == rate
    assert page.state("mnist_train__optimizer") == "sgd"


def test_train_sends_its_settings_along(open_page: OpenPage) -> None:
    page = open_page("mnist/train.py", mnist_train__batch_size="4", mnist_train__seed="3")
    page.click("mnist_train__find_rate")
    assert page.at.title[0].value.startswith("2.2 Find a learning rate")
    page.switch(PATH)  # for AppTest alone: it draws again the page that was opened first
    assert page.state(f"{PAGE}__batch_size") == 4
    page.wait(lambda: "batch size 4, seed 3" in page.words, "it has searched for these settings")


def test_other_settings_are_for_the_next_search(open_page: OpenPage) -> None:
    page = open_page(PATH, **QUICK)
    page.wait(lambda: found(page), "it has found a rate")
    page.set(PAGE, seed=5)
    assert "These settings are for the next search" in page.words
    page.click(f"{PAGE}__start")
    page.wait(lambda: "seed 5" in page.words and found(page), "it has searched again")
    assert "These settings are for the next search" not in page.words


def test_a_search_can_be_cancelled(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__batch_size": "4096"})
    page.click(f"{PAGE}__cancel")
    assert "press the button" in page.words
    assert page.sentences == []


def test_half_an_address_is_said_and_the_rest_applied(open_page: OpenPage) -> None:
    page = open_page(PATH, **QUICK, **{f"{PAGE}__seed": "-1"})
    (said,) = page.sentences
    assert "Seed must be a whole number" in said
    assert page.state(f"{PAGE}__batch_size") == 8
