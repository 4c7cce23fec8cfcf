"""Worksheets: what a learner has done stands in them as text, the reasons on the teacher's sheet alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcore.cards import Card
from dlcore.classroom.notebook import Attempt
from dlcore.classroom.worksheets import FOUND_LETTERS, answer_sheet, cut, worksheet
from tests.dlcore.classroom.test_notebook import FOREIGN, Reading

CARD = Card(
    "Draw a B",
    "What do the bars add up to?",
    ("0 %", "100 %"),
    setup={"centered": True},
    setup_words="centring on; then draw a letter",
    see=lambda result: None,
    why="It must pick one of ten.",
)
CARDS = {"letter": CARD, "other": replace(CARD, title="Another")}
DONE = Attempt(CARD.title, CARD.question, "0 %", "they add up to 100 %.", "100 %")


def test_an_empty_worksheet_says_so_and_asks() -> None:
    document = worksheet("1.1 Draw a digit", CARDS, {})
    read = Reading(document)
    assert "Nothing is answered yet: an empty worksheet" in read.text
    for words in (CARD.title, "Another", CARD.question, f"Set up: {CARD.setup_words}", *CARD.answers):
        assert words in read.text
    assert read.text.count("What I saw") == 2
    assert CARD.why not in read.text
    assert "×" not in read.text


def test_what_was_done_is_filled_in() -> None:
    read = Reading(worksheet("1.1 Draw a digit", CARDS, {"letter": DONE}, name="Ada", note="It is so sure."))
    assert "an empty worksheet" not in read.text
    assert "<b>0 %</b>" in worksheet("", CARDS, {"letter": DONE})
    assert read.text.count("×") == 1
    assert "It was 100 %: they add up to 100 %." in read.text
    assert "Ada" in read.text
    assert "It is so sure." in read.text
    assert CARD.why not in read.text


def test_answers_stand_apart_with_what_the_teachers_own_run_showed() -> None:
    blank = Reading(answer_sheet("1.1 Draw a digit", CARDS, {})).text
    assert blank.count(CARD.why) == 2
    assert "Only your own runs mark an answer: run the cards once" in blank
    assert blank.count("No run of yours yet: no answer is marked.") == 2
    assert "Name" not in blank
    document = answer_sheet("1.1 Draw a digit", CARDS, {"letter": DONE})
    assert "<b>100 %</b>" in document
    assert "My run showed: they add up to 100 %." in Reading(document).text


def test_text_from_elsewhere_is_text() -> None:
    odd = Attempt(FOREIGN, FOREIGN, FOREIGN, FOREIGN, FOREIGN)
    read = Reading(worksheet(FOREIGN, CARDS, {"letter": odd}, name=FOREIGN, note=FOREIGN))
    assert read.tags.isdisjoint({"script", "img"})
    assert Reading(answer_sheet(FOREIGN, CARDS, {"letter": odd})).tags.isdisjoint({"script", "img"})
    assert read.text.count(FOREIGN) == 6, "twice the title, the name, what was right and seen, the note"


@pytest.mark.parametrize(
    ("text", "letters", "kept"),
    [("a  b\nc", 9, "a b c"), ("abcdef", 6, "abcdef"), ("abc efg", 5, "abc…"), ("", 5, "")],
)
def test_a_text_is_cut_to_one_line(text: str, letters: int, kept: str) -> None:
    assert cut(text, letters) == kept
    assert len(cut("x" * 10**5, FOUND_LETTERS)) == FOUND_LETTERS
