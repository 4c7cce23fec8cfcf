"""The sentences of the bug lab say the numbers of the training they speak of."""

from __future__ import annotations

from itertools import product

import pytest

from dlcore.buglab.bugs import BUGS, RIGHT, SLIPS
from dlcore.buglab.config import MYSTERY, SEEDS, BugLabConfig, Case, case_of
from dlcore.buglab.recorded import recorded
from dlcore.buglab.words import (
    SIGNS,
    epochs_words,
    given_words,
    gradient_words,
    moved_words,
    not_words,
    said_words,
    scores_words,
    twice_words,
    yes_words,
)


def seen(name: str) -> object:
    return recorded(Case(name, 0))


@pytest.mark.parametrize("name", SLIPS)
def test_what_it_is_known_by_stands_in_the_verdict(name: str) -> None:
    said = yes_words(name, recorded(Case(name, 0)))
    assert SLIPS[name].title in said
    assert SLIPS[name].why in said
    assert ("You see it here" in said) == (name in BUGS)


@pytest.mark.parametrize("name", BUGS)
def test_a_wrong_guess_is_laid_beside_what_it_would_have_been(name: str) -> None:
    """The two numbers differ: they tell the guess apart from every other bug."""
    for other in BUGS:
        if other == name:
            continue
        here, there = recorded(Case(other, 0)), recorded(Case(name, 0))
        said = not_words(name, here, there)
        assert f"With it {SIGNS[name](there)}. Here {SIGNS[name](here)}." in said
        assert SIGNS[name](there) != SIGNS[name](here), (name, other)


def test_sentences_say_what_was_measured() -> None:
    saw, off, cut = (recorded(Case(name, 0)) for name in ("sorted", "off_by_one", "detached"))
    assert "It says **9** to" in said_words(saw)
    assert "it says the **next** digit" in said_words(off)
    assert "At the end the gradient of **conv1, conv2** is 0" in gradient_words(cut)
    assert "biases" not in gradient_words(cut)
    assert "conv1 **0 %**, conv2 **0 %**, fc1 **" in moved_words(cut)
    assert "in training **-0.42 to 2.81**, in the test **0.00 to 255.00**" in given_words(
        recorded(Case("not_scaled", 0))
    )
    assert "same answer to all 2,000" in twice_words(recorded(Case(RIGHT, 0)))
    assert "of 2,000** test digits otherwise the second time" in twice_words(recorded(Case("no_eval", 0)))
    right = recorded(Case(RIGHT, 0))
    assert f"test **{100 * right.judged[0].test:.1f}, " in epochs_words(right)
    assert f"**{100 * right.last.test:.1f} %** of 2,000 test digits" in scores_words(right)


def test_of_a_network_that_is_dead_all_over_it_is_said_what_still_changes_its_answers() -> None:
    """Its share right changes from epoch to epoch though no weight has a gradient."""
    dead = recorded(Case("large_lr", 1))
    assert gradient_words(dead).startswith("At the end the gradient of **conv1, conv2, fc1, fc2** is 0")
    assert gradient_words(dead).endswith("they alone change what it says.")
    assert len({epoch.test for epoch in dead.judged}) > 1


def test_twelve_mysteries_in_a_row_are_all_twelve() -> None:
    for first in (1, 13, 985):
        cases = [case_of(BugLabConfig(number=first + more)) for more in range(12)]
        assert {case.name for case in cases} == set(BUGS)
        assert {case.seed for case in cases} == set(SEEDS)
    deals = {
        tuple(case_of(BugLabConfig(number=12 * deal + 1 + more)).name for more in range(12))
        for deal in range(9)
    }
    assert len(deals) == 9, "each twelve in an order of their own"
    for script, number in product(SLIPS, (1, 7)):
        assert case_of(BugLabConfig(script=script, number=number)) == Case(script, 0)
    assert BugLabConfig().script == MYSTERY
