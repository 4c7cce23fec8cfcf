"""The teacher's code: right or a sentence, five wrong ones a minute, and no hint."""

from __future__ import annotations

import pytest

from dlcore.errors import RunError
from ui import limits
from ui.guesses import Guesses
from ui.teachers import HOLDERS, Teachers


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def teachers(clock: Clock) -> Teachers:
    return Teachers("ABCDEFGH", Guesses(clock, most=limits.TEACHER_CODES))


def test_the_right_code_in_whatever_way_it_is_typed() -> None:
    found = teachers(Clock())
    assert found.spelled == "ABCD-EFGH"
    found.take(" abcd efgh ", "me", "1.2.3.4")
    assert found.holds("me", "1.2.3.4")
    assert not found.holds("me", "1.2.3.5"), "a run's code, which makes one the same owner, opens no class"
    assert not found.holds("you", "1.2.3.4")
    found.leave("me", "1.2.3.4")
    assert not found.holds("me", "1.2.3.4")


def test_wrong_codes_are_all_refused_alike() -> None:
    said = set()
    for typed in ("", "A", "ABCDEFGG", "é" * 10_000):
        with pytest.raises(RunError) as refused:
            teachers(Clock()).take(typed, "me", "")
        said.add(str(refused.value))
    assert len(said) == 1


def test_after_five_wrong_ones_not_even_the_right_one_until_a_minute_later() -> None:
    clock = Clock()
    found = teachers(clock)
    for _ in range(5):
        with pytest.raises(RunError, match="not the teacher's code"):
            found.take("WRONG", "me", "1.2.3.4")
    with pytest.raises(RunError, match="wait a minute"):
        found.take("ABCDEFGH", "me", "1.2.3.4")
    found.take("ABCDEFGH", "teacher", "1.2.3.9")
    clock.now = limits.WINDOW_SECONDS + 1
    found.take("ABCDEFGH", "me", "1.2.3.4")
    assert found.holds("me", "1.2.3.4")


def test_codes_are_new_each_time_and_holders_bounded() -> None:
    assert Teachers().code != Teachers().code
    found = teachers(Clock())
    for number in range(HOLDERS + 1):
        found.take("ABCDEFGH", str(number), "")
    assert not found.holds("0", "")
    assert found.holds(str(HOLDERS), "")
