"""Who draws alone is asked ten times a second; a class shares what the server can answer."""

from __future__ import annotations

import pytest

from ui.pace import ASKS_PER_SECOND, FORGET_SECONDS, SHORTEST, Pace


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def pace(now: list[float]) -> Pace:
    return Pace(lambda: now[0])


def test_who_draws_alone_asks_ten_times_a_second(pace: Pace) -> None:
    assert [pace.seconds("anna") for _ in range(5)] == [SHORTEST] * 5


def test_a_class_that_draws_at_once_shares_the_answers(pace: Pace) -> None:
    for student in range(30):
        waits = pace.seconds(f"student {student}")
    assert 30 / waits <= ASKS_PER_SECOND


def test_who_has_stopped_makes_room(pace: Pace, now: list[float]) -> None:
    for student in range(30):
        pace.seconds(f"student {student}")
    now[0] += FORGET_SECONDS
    assert pace.seconds("student 0") == SHORTEST
