"""Assignments are links: read, written, signed."""

from __future__ import annotations

import pytest

from dlcore.classroom.assignment import MOST, Assignment, is_signed, read, signature, unknown, written


def test_a_link_without_a_word_of_it_assigns_nothing() -> None:
    assert read({"mnist_train__lr": "0.1", "present": "1"}) == (None, [])


def test_what_is_written_is_read() -> None:
    query = written(("lr", "seed"), ("plateau",), answers=False)
    assert query == {"hide": "lr,seed", "cards": "plateau", "answers": "0"}
    assert read(query) == (Assignment(("lr", "seed"), ("plateau",), answers=False), [])
    assert written((), None, answers=True) == {}


def test_no_cards_is_not_all_cards() -> None:
    assert read({"cards": ""})[0] == Assignment(cards=())
    assert read({"hide": "lr"})[0] == Assignment(("lr",), cards=None)


@pytest.mark.parametrize("answers", ["", "no", "2", "0" * 9_999])
def test_answers_are_open_unless_the_link_says_0(answers: str) -> None:
    found, wrong = read({"answers": answers})
    assert found is not None
    assert found.answers
    assert len(wrong) == 1
    assert len(wrong[0]) < 100


def test_a_list_is_bounded_and_each_name_stands_once() -> None:
    found, _ = read({"hide": " lr ,lr,," + ",".join(f"k{i}" for i in range(10_000))})
    assert found is not None
    assert len(found.hidden) < MOST
    assert found.hidden.count("lr") == 1


def test_an_unknown_name_is_a_sentence_each() -> None:
    sentences = unknown(("lr", "gone", "x" * 999), ("lr", "seed"), "knob")
    assert (
        sentences[0] == "'gone' is not a knob of this page: there are lr, seed. The rest of the link holds."
    )
    assert len(sentences) == 2
    assert len(sentences[1]) < 140


def test_many_unknown_names_are_one_sentence() -> None:
    (sentence,) = unknown([f"k{i}" for i in range(12)], ("lr",), "knob")
    assert sentence.startswith(
        "'k0', 'k1', 'k2', 'k3', 'k4' and 7 more are no knobs of this page: there are lr."
    )
    assert "ask for a new one" in sentence
    assert len(unknown([f"k{i}" for i in range(5)], ("lr",), "knob")) == 5


def test_a_signed_link_cannot_be_altered() -> None:
    key, query = b"key", {"hide": "lr", "mnist_train__lr": "0.1"}
    signed = query | {"signed": signature(query, "mnist_train", key)}
    assert is_signed(signed, "mnist_train", key)
    assert not is_signed(signed | {"hide": ""}, "mnist_train", key)
    assert not is_signed(signed | {"mnist_train__lr": "0.2"}, "mnist_train", key)
    assert not is_signed(signed, "other_page", key)
    assert not is_signed(signed, "mnist_train", b"another")
    assert not is_signed(query, "mnist_train", key)
    assert not is_signed(query | {"signed": "é"}, "mnist_train", key)
