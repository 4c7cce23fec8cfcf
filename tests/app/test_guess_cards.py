"""The cards of a page: a guess is answered, and what a card has shown stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.cards import Card, Finding
from ui import services
from ui.cards import Shown, _is_news, answer_words

PATH, PAGE = "optimizers/race.py", "optimizers_race"


def card(page: Any, title: str) -> Any:
    return next(box for box in page.at.expander if box.label == title)


def test_a_guess_is_answered_and_what_was_shown_stays(open_page: Callable[..., Any]) -> None:
    page = open_page(PATH)
    title = "How large may a step be?"
    assert "**It leaves the map**" not in page.words, "not before the guess"
    assert not card(page, title).icon
    page.at.pills(key=f"{PAGE}__guess_limit").set_value("A little sooner").run()
    page.click(f"{PAGE}__setup_limit")
    answer = "You said **A little sooner**: it was **It leaves the map**."
    assert answer in page.words
    assert "**What your run shows:** lr 0.21 is above 2/λ = 0.2." in page.words
    page.click(f"{PAGE}__setup_ridge")  # another hill: the page no longer shows it
    assert answer in page.words
    assert "**What your run showed:** lr 0.21 is above 2/λ = 0.2." in page.words
    assert card(page, title).icon == ":material/check_circle:"
    page.switch("mnist/draw.py").switch(PATH)
    assert answer in page.words, "a visit to another page takes nothing away"


def test_a_set_up_leads_to_what_it_has_changed_once(open_page: Callable[..., Any]) -> None:
    page = open_page(PATH)
    page.click(f"{PAGE}__setup_limit")
    (way,) = [part for part in page.at.get("bidi_component") if f"{PAGE}__lr" in part.proto.json]
    assert f"{PAGE}__hill" in way.proto.json
    page.run()
    assert not [part for part in page.at.get("bidi_component") if f"{PAGE}__lr" in part.proto.json]


@pytest.mark.parametrize(
    ("guess", "right", "words"),
    [
        ("All 25", "About half", "You said **All 25**: it was **About half**."),
        ("About half", "About half", "You said **About half**, and so it was."),
        ("Skip", "About half", "It was **About half**."),
        ("All 25", "", "You said **All 25**."),
        ("Skip", "", ""),
    ],
)
def test_the_guess_and_the_answer_make_a_sentence(guess: str, right: str, words: str) -> None:
    assert answer_words(Shown(guess, Finding("13 of 25.", shown=True, right=right))) == words


def test_what_the_labs_own_run_shows_is_nobodys_in_the_notebook(open_page: Callable[..., Any]) -> None:
    page = open_page("gan.py", owner="a newcomer")
    page.at.pills(key="gan__guess_copy").set_value("It copies them").run()
    assert "**What this run shows:** the nearest training digit differs" in page.words
    kept = services.store().notebook_of("a newcomer").attempts["gan"]["copy"]
    assert (kept.guess, kept.found, kept.right) == ("It copies them", "", "")


def test_ones_own_run_takes_the_place_of_anothers() -> None:
    appeared, not_so = (Finding("13 of 25.", shown=shown) for shown in (True, False))
    assert _is_news(not_so, None, own=False)
    assert _is_news(not_so, Shown("", appeared, own=False), own=True)
    assert not _is_news(not_so, Shown("", appeared, own=True), own=True)
    assert not _is_news(not_so, Shown("", appeared, own=False), own=False)
    assert not _is_news(appeared, Shown("", not_so, own=True), own=False)
    assert _is_news(appeared, Shown("", not_so, own=True), own=True)


def test_no_card_can_bear_out_what_nobody_could_answer() -> None:
    wrong = Card("Odd", "Why?", ("Yes", "No"), {}, "", lambda _: Finding("", shown=True, right="Maybe"), "")
    with pytest.raises(ValueError, match='"Maybe" is none of the answers of "Odd"'):
        wrong.found(None)
