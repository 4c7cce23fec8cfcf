"""What a curve recommends, on curves made by hand."""

from __future__ import annotations

import math

import pytest

from dlcore.lr_finder.result import (
    LOWEST,
    PER_DECADE,
    STEPS,
    RangeTest,
    Tries,
    Try,
    rate_at,
    rates_to_try,
    smoothed,
)
from dlcore.lr_finder.words import ended_words, found_words, tries_words, verdict_words

# Flat, then falling evenly, flat again, then up.
VALLEY = RangeTest(
    (*[2.3] * 60, *(2.3 - 0.1 * step for step in range(20)), *[0.3] * 11, *(0.3 + step for step in range(5))),
    "at 0.1 the loss was 4 times its lowest",
)


def test_rates_grow_tenfold_in_so_many_steps() -> None:
    assert rate_at(0) == LOWEST
    assert rate_at(PER_DECADE) == pytest.approx(10 * LOWEST)
    assert rate_at(STEPS - 1) == 10.0


def test_a_smoothed_loss_lags_behind_nothing() -> None:
    losses = [float(step) for step in range(30)]
    assert smoothed(losses)[5:25] == pytest.approx(losses[5:25])
    assert smoothed([3.0]) == (3.0,)
    assert smoothed([]) == ()


def test_the_marks_of_a_valley() -> None:
    assert VALLEY.fell
    assert 65 <= VALLEY.steepest <= 75, "in the middle of the slope"
    assert VALLEY.lowest == pytest.approx(85, abs=1)
    assert VALLEY.suggestion == pytest.approx(rate_at(VALLEY.lowest) / 10, rel=0.05)


def test_where_nothing_fell_nothing_is_suggested() -> None:
    flat = RangeTest(tuple(2.3 + 0.05 * math.sin(step) for step in range(STEPS)))
    assert flat.suggestion is None
    assert found_words(flat).startswith("**No suggestion.** In 281 steps the loss never fell by a tenth")
    assert RangeTest(()).suggestion is None


def test_a_suggestion_stays_within_the_knob() -> None:
    early = RangeTest((*[5.0] * 8, *[0.1] * 10, *[5.0] * 10))
    assert early.suggestion == LOWEST
    assert rates_to_try(LOWEST) == (1e-6, 1e-5, 1e-4)
    assert rates_to_try(0.5) == (0.005, 0.5, 5.0)


def test_the_words_say_why() -> None:
    words = found_words(VALLEY)
    assert words.startswith("**Suggested: 0.000013.**")
    assert "A tenth of that keeps a safe distance: a search takes one step at each rate" in words
    assert "The loss falls fastest at 0.0000" in words
    assert "it ended early: at 0.1 the" in ended_words(VALLEY)
    assert (
        ended_words(RangeTest((2.3,) * STEPS)) == "281 steps, each on the next batch, up to the highest rate."
    )


def test_a_loss_that_falls_to_the_end_is_not_said_to_rise() -> None:
    falling = found_words(RangeTest(tuple(2.3 * 0.98**step for step in range(STEPS))))
    assert ", at 10, the highest tried: it still fell there. A tenth of that" in falling
    losses = tuple(2.3 * 0.98**step for step in range(200))
    broken = found_words(RangeTest(losses, "at 1 the loss was no number"))
    assert "; one step there broke it. A tenth of that" in broken
    assert "rises again" not in falling
    assert "; above that it rises again. A tenth of that" in found_words(VALLEY)


def test_what_a_try_came_to() -> None:
    tries = Tries(100, (Try(0.01, 0.2, 940, 1_000), Try(1.0, math.nan, 98, 1_000), Try(0.1, 2.3, 112, 1_000)))
    assert tries_words(tries) == (
        "After 100 steps, right of 1,000 validation images: 0.01: 94.0 % (loss 0.20); "
        "1: 9.8 % (it broke); 0.1: 11.2 % (as by guessing, 10 %)."
    )
    assert tries.at(0.01 * (1 + 1e-9)) == tries.tries[0]
    assert tries.at(0.5) is None


def test_little_above_guessing_is_not_guessing() -> None:
    tries = Tries(100, (Try(0.01, 2.2, 190, 1_000),))
    assert "19.0 % (little above guessing, 10 %)" in tries_words(tries)


@pytest.mark.parametrize(
    ("classes", "correct", "said"),
    [
        (2, (520, 505, 495), "**It does not hold:** 50.5 % with it, as by guessing, 50 %."),
        (2, (520, 540, 495), "**It does not hold:** 54.0 % with it, little above guessing, 50 %."),
        (2, (520, 930, 495), "**It holds:** no other of these rates did better by more than chance"),
        (3, (360, 350, 300), "**It does not hold:** 35.0 % with it, as by guessing, 33 %."),
        (10, (120, 250, 100), "**It holds:** no other of these rates did better by more than chance"),
    ],
)
def test_guessing_is_that_of_as_many_classes_as_there_are(
    classes: int, correct: tuple[int, ...], said: str
) -> None:
    rates = (0.001, 0.01, 0.1)
    found = tuple(Try(rate, 0.69, c, 1_000) for rate, c in zip(rates, correct, strict=True))
    assert verdict_words(Tries(100, found, classes), 0.01).startswith(said)


def test_what_luck_gives_is_guessing_however_few_images_judge() -> None:
    assert "60.0 % (as by guessing, 50 %)" in tries_words(Tries(100, (Try(0.01, 0.6, 12, 20),), 2))


@pytest.mark.parametrize(
    ("correct", "said"),
    [
        ((500, 930, 940, 100), "**It holds:** no other of these rates did better by more than chance"),
        (
            (500, 850, 940, 100),
            "**It holds, and it is cautious:** in 100 steps, 0.1 came 9.0 points further.",
        ),
        ((900, 850, 100, 100), "**It learns, but it is too large here:** with 0.0001, 5.0 points more are"),
        ((900, 112, 100, 100), "**It does not hold:** 11.2 % with it, as by guessing, 10 %."),
    ],
)
def test_a_verdict_on_the_suggestion(correct: tuple[int, ...], said: str) -> None:
    rates = rates_to_try(0.01)
    tries = Tries(100, tuple(Try(rate, 0.5, c, 1_000) for rate, c in zip(rates, correct, strict=True)))
    assert verdict_words(tries, 0.01).startswith(said)
    assert verdict_words(tries, 0.02) == ""
