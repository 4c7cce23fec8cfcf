"""What is said of a classifier's numbers."""

from __future__ import annotations

import pytest

from dlcore.classifier.project import Iteration
from dlcore.classifier.words import change_words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ((47, 48), (46, 47), "+0.0 points"),
        ((46, 47), (45, 47), "-2.1 points"),
        ((9, 10), (1, 1), "+10.0 points"),
    ],
)
def test_a_change_that_rounds_to_nothing_has_no_minus(
    before: tuple[int, int], after: tuple[int, int], words: str
) -> None:
    assert change_words(Iteration(0.0, "", *before), Iteration(1.0, "", *after)) == words
