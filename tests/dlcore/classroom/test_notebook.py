"""A notebook: what a run showed is not lost by guessing again, and the file handed in obeys no text in it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dlcore.classroom.hand_in import hand_in, in_order
from dlcore.classroom.notebook import NOTE_LETTERS, PART_LETTERS, Attempt, Notebook, attempt_of, cut, joined

GUESSED = Attempt("Draw a B", "What do the bars add up to?", "0 %")
SEEN = replace(GUESSED, found="they add up to 100 %.", right="100 %")
FOREIGN = '<script>alert(1)</script><img src=x onerror="alert(2)">&amp;'


def test_what_a_run_showed_stays_when_one_guesses_again() -> None:
    again = replace(GUESSED, guess="100 %")
    assert again.over(SEEN) == replace(SEEN, guess="100 %")
    assert again.over(GUESSED) == again
    assert again.over(None) == again
    assert SEEN.over(replace(SEEN, found="something else")) == SEEN


def test_an_attempt_comes_back_as_it_was_and_is_bounded() -> None:
    assert attempt_of(SEEN.as_plain()) == SEEN
    assert len(attempt_of(SEEN.as_plain() | {"found": "x" * 10**5}).found) == PART_LETTERS
    for odd in ({}, SEEN.as_plain() | {"found": None}, SEEN.as_plain() | {"title": ["x"]}):
        with pytest.raises(TypeError):
            attempt_of(odd)


def test_a_note_is_cut() -> None:
    assert cut("  a word \n") == "a word"
    assert len(cut("x" * 100_000)) == NOTE_LETTERS


@pytest.mark.parametrize(
    ("typed", "seen", "now", "kept"),
    [
        *((" mine \n", "", "", "mine"), ("mine", "old", "old", "mine"), ("mine", "old", "", "mine")),
        *(("mine", "old", "theirs", "theirs\n\nmine"), ("mine", "old", "mine", "mine")),
        *(("old ", "old", "theirs", "theirs"), ("", "old", "theirs", "theirs"), ("", "old", "old", "")),
    ],
)
def test_what_others_wrote_since_is_not_overwritten(typed: str, seen: str, now: str, kept: str) -> None:
    assert joined(typed, seen, now) == kept


class Reading(HTMLParser):
    """What a browser makes of a document: its elements and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_file_says_all_of_it_and_obeys_nothing() -> None:
    attempt = Attempt(FOREIGN, FOREIGN, FOREIGN, FOREIGN, FOREIGN, shown=False)
    notes = {"": FOREIGN, "mnist_draw": FOREIGN, FOREIGN: FOREIGN}
    book = Notebook({"mnist_draw": {"b": SEEN, "odd": attempt}}, notes, {FOREIGN: FOREIGN})
    read = Reading(hand_in(book, {"mnist_draw": FOREIGN}, name=FOREIGN, day="28 November 2026"))
    assert read.tags.isdisjoint({"script", "img"})
    # Name; question, answer; a note; a title, its card of four parts, its note; another with a note.
    assert read.text.count(FOREIGN) == 1 + 2 + 1 + (1 + 4 + 1) + 2
    assert "You said 0 %: it was 100 %." in read.text
    assert "My run showed: they add up to 100 %." in read.text
    assert "This time the effect did not appear." in read.text


def test_pages_stand_in_the_order_of_the_lab() -> None:
    book = Notebook({"b": {"x": GUESSED}, "gone": {"x": GUESSED}}, {"a": "a note", "": "of the lab"})
    assert in_order(book, {"a": "A", "b": "B", "c": "C"}) == ["a", "b", "gone"]
    assert not Notebook()
    assert book
