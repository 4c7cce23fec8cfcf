"""A learner's notebook outlives a store, is its owner's alone, bounded, and goes as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from dlcore.classroom.notebook import NOTE_LETTERS, Attempt, Notebook
from dlcore.runs.storage import notebooks
from dlcore.runs.storage.database import NOTEBOOKS
from dlcore.runs.storage.store import Store

ANNA, BERT = "anna", "bert"
GUESSED = Attempt("Draw a B", "What do the bars add up to?", "0 %")
SEEN = replace(GUESSED, found="they add up to 100 %.", right="100 %")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as opened:
        yield opened


def test_what_was_written_is_there_for_the_next_store(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.keep_card(ANNA, "mnist_draw", "letter", SEEN)
        store.keep_card(ANNA, "mnist_draw", "letter", replace(GUESSED, guess="100 %"))
        store.keep_note(ANNA, "", "a note\0 with half a sign \ud83d")
        store.keep_answer(ANNA, "What is a loss?", "A number.")
        store.keep_note(BERT, "", "another's")
    wanted = Notebook(
        {"mnist_draw": {"letter": replace(SEEN, guess="100 %")}},
        {"": "a note\0 with half a sign \ud83d"},
        {"What is a loss?": "A number."},
    )
    with closing(Store(tmp_path)) as later:
        assert later.notebook_of(ANNA) == wanted
        later.forget_notebook(ANNA)
        assert later.notebook_of(ANNA) == Notebook()
        assert later.notebook_of(BERT) == Notebook({}, {"": "another's"})
        later.keep_notebook(ANNA, wanted)
        assert later.notebook_of(ANNA) == wanted


def test_what_comes_back_overwrites_nothing_that_was_written_since(store: Store) -> None:
    store.keep_note(ANNA, "", "old")
    store.keep_card(ANNA, "mnist_draw", "letter", SEEN)
    was = store.notebook_of(ANNA)
    store.forget_notebook(ANNA)
    store.keep_note(ANNA, "", "an hour of work")
    store.keep_notebook(ANNA, was)
    assert store.notebook_of(ANNA) == Notebook({"mnist_draw": {"letter": SEEN}}, {"": "an hour of work"})


def test_an_empty_note_takes_it_away(store: Store) -> None:
    store.keep_note(ANNA, "home", "a note")
    store.keep_answer(ANNA, "Why?", "because")
    store.keep_note(ANNA, "home", "  ")
    store.keep_answer(ANNA, "Why?", "")
    assert not store.notebook_of(ANNA)


def test_it_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.keep_note(ANNA, "home", "x" * 100_000)
    assert len(store.notebook_of(ANNA).notes["home"]) == NOTE_LETTERS
    monkeypatch.setattr(notebooks, "MOST_OF_ONE", 3)
    monkeypatch.setattr(notebooks, "MOST", 5)
    for owner in (ANNA, BERT):
        for number in range(6):
            store.keep_note(owner, f"page {number}", "a note")
    assert sorted(store.notebook_of(BERT).notes) == ["page 3", "page 4", "page 5"]
    assert sorted(store.notebook_of(ANNA).notes) == ["page 4", "page 5"]


def test_after_a_clock_was_set_back_what_is_written_now_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "MOST_OF_ONE", 3)
    with monkeypatch.context() as ahead:
        ahead.setattr("time.time", count(4_000_000_000).__next__)
        for number in range(3):
            store.keep_note(ANNA, f"page {number}", "a note")
    kept = list[list[str]]()
    for number in (7, 8, 9):
        store.keep_note(ANNA, f"page {number}", "a note")
        kept.append(sorted(store.notebook_of(ANNA).notes))
    assert kept == [
        ["page 1", "page 2", "page 7"],
        ["page 2", "page 7", "page 8"],
        ["page 7", "page 8", "page 9"],
    ]


def test_damaged_rows_say_nothing(store: Store) -> None:
    store.keep_note(ANNA, "home", "a note")
    odd = {"card a": "{", "card b": "[]", "card c": '{"title": 1}', "answer d": "1", "else": '"x"'}
    with store._transaction() as connection:
        for name, content in odd.items():
            row = {"owner": ANNA, "page": "runs", "name": name, "content": content, "at": 0.0}
            connection.execute(NOTEBOOKS.insert().values(row))
    assert store.notebook_of(ANNA) == Notebook({}, {"home": "a note"})
