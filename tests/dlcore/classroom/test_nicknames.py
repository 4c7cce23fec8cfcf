"""A nickname is cleaned, bounded, and nobody else's."""

from __future__ import annotations

import pytest

from dlcore.classroom.nicknames import LETTERS, cleaned, unlike


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
