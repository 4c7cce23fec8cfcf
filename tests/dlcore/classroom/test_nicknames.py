"""A nickname is cleaned, bounded, and nobody else's."""

from __future__ import annotations

import pytest

from dlcore.classroom.nicknames import LETTERS, cleaned, told, unlike


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ada", "Ada"),
        ("  Ada   L. ", "Ada L."),
        ("<b>Ada</b>", "Ada"),
        ("<script>alert(1)</script>", "alert 1"),
        ("**bold** [x](http://a)", "bold x http a"),
        ("Åsa Österberg-O'Hara", "Åsa Österberg-O'Hara"),
        ("李小龙", "李小龙"),
        ("A\u202edA\x00\n", "A dA"),
        ("", ""),
        (" .-' ", ""),
        ("<b>", ""),
        ("student 3", ""),
        ("Ｓｔｕｄｅｎｔ ３", ""),
    ],
)
def test_cleaned(typed: str, name: str) -> None:
    assert cleaned(typed) == name


@pytest.mark.parametrize("typed", ["a" * 10_000, "<" * 10_000 + "a", "a\u0301" * 5_000, "a " * 5_000])
def test_bounded(typed: str) -> None:
    assert len(cleaned(typed)) <= LETTERS


def test_the_second_of_a_name_is_numbered() -> None:
    assert unlike("Ada", []) == "Ada"
    assert unlike("Ada", ["ADA"]) == "Ada 2"
    assert unlike("Ada", ["Ada", "ada 2"]) == "Ada 3"


@pytest.mark.parametrize(
    ("typed", "name", "said"),
    [
        ("Ada", "Ada", ""),
        ("  Ada ", "Ada", ""),
        ("", "Student 3", ""),
        ("Maximiliane Josephine", "Maximiliane Josephin", "at most: yours ends as “Maximiliane Josephin”"),
        ("Ada", "Ada 2", "Somebody is called so already: you are Ada 2."),
        ("<b>", "Student 3", "No name is left of this: you are Student 3."),
        ("Student 7", "Student 3", "Numbers are given in the order of coming"),
        ("<b>Ada</b>", "Ada", "letters, digits, spaces"),
    ],
)
def test_why_a_name_is_another_is_a_sentence(typed: str, name: str, said: str) -> None:
    assert said in told(typed, name)
    assert bool(told(typed, name)) is bool(said)
