"""Whoever begins and stops without end is told to wait, alone; a class that starts at once is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from dlcore.errors import RunError
from tests.ui.test_work import Noted
from ui import beginnings, limits, services, state, visits, work
from ui.turns import Turns


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Who asks, from one address, in a time that stands still."""
    rates = {
        "runs": (limits.RUNS_PER_SECOND, limits.RUNS_SAVED_SECONDS),
        "tasks": (limits.TASKS_PER_SECOND, limits.TASKS_SAVED_SECONDS),
    }
    for name, (rate, saved) in rates.items():
        monkeypatch.setattr(beginnings, name, Turns(rate, 30 * rate, at_once=saved, clock=lambda: 0.0))
    monkeypatch.setattr(state, "address", lambda: "10.0.0.7")

    def comes(owner: str) -> None:
        monkeypatch.setattr(state, "owner", lambda: owner)

    return comes


def test_who_begins_runs_without_end_waits_and_nobody_else_does(visitor: Callable[[str], None]) -> None:
    visitor("anna")
    for _ in range(20):
        beginnings.check_run()
    with pytest.raises(RunError, match="wait ten seconds"):
        beginnings.check_run()
    for number in range(29):
        visitor(f"student {number}")
        for _ in range(2):  # a double-click that is not one
            beginnings.check_run()


def test_names_cost_nothing_so_an_address_has_an_end_too(visitor: Callable[[str], None]) -> None:
    begun = 0
    with suppress(RunError):
        for number in range(1_000):
            visitor(f"made up {number}")
            beginnings.check_run()
            begun += 1
    assert begun == 30 * 20


def test_who_asks_for_work_without_end_waits_and_what_is_there_is_given(
    visitor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted()
    monkeypatch.setattr(services, "tasks", lambda: noted)
    monkeypatch.setattr(visits, "session", lambda: "a visit")
    visitor("anna")

    def ask(key: str, **whose: str) -> None:
        work.ask(int, "count", key, dict, **whose)

    for number in range(300):
        ask(f"number {number}")
    with pytest.raises(RunError, match="wait a few seconds"):
        ask("one more")
    ask("number 0")
    ask("the lab's own", session="the lab")
    assert len(noted.payloads) == 301
    visitor("bert")
    ask("one more")
    assert len(noted.payloads) == 302
