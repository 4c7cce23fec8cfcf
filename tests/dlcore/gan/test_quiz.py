"""Ten pictures: of both kinds, by seed, judged by the detective, drawn again by a later forger."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.gan.config import GanConfig
from dlcore.gan.networks import build_pair
from dlcore.gan.quiz import LEAST, PICTURES, Quiz, make_quiz, next_attempt
from dlcore.mnist.files import load_test

CONFIG = GanConfig(noise=6, width=4)
FORGER, DETECTIVE = (network.eval() for network in build_pair(noise=6, width=4, seed=0))


def quiz(seed: int, config: GanConfig = CONFIG) -> Quiz:
    return make_quiz((FORGER, DETECTIVE), config, load_test(), seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(8))
def test_there_are_some_of_both_kinds(seed: int) -> None:
    made = quiz(seed)
    assert len(made.pixels) == len(made.real) == len(made.labels) == len(made.scores) == PICTURES
    assert LEAST <= sum(made.real) <= PICTURES - LEAST
    assert all(0 <= score <= 1 for score in made.scores)


def test_real_ones_are_test_digits_of_their_label_and_fakes_are_the_forgers() -> None:
    made, digits = quiz(3), load_test()
    for place, real in enumerate(made.real):
        same = digits.images[digits.labels == made.labels[place], 0].numpy()
        assert (same == made.pixels[place]).all(axis=(1, 2)).any() == real
    assert np.array_equal(next_attempt(made, FORGER), made.pixels[list(made.fakes)])  # type: ignore[arg-type]
    other = build_pair(noise=6, width=4, seed=1)[0].eval()
    assert not np.array_equal(next_attempt(made, other), made.pixels[list(made.fakes)])


def test_the_same_seed_asks_the_same_and_another_other_ones() -> None:
    assert np.array_equal(quiz(1).pixels, quiz(1).pixels)
    assert not np.array_equal(quiz(1).pixels, quiz(2).pixels)


def test_right_is_who_marks_the_fakes_and_no_other() -> None:
    made = quiz(5)
    assert made.right(made.fakes) == PICTURES
    assert made.right(()) == sum(made.real)
    assert made.right(range(PICTURES)) == len(made.fakes)
    said_fake = [place for place, score in enumerate(made.scores) if score <= 0.5]
    assert made.detective_right == made.right(said_fake)


def test_a_game_of_one_digit_asks_for_that_one_alone() -> None:
    assert set(quiz(0, CONFIG.replace(digits="7")).labels) == {7}
