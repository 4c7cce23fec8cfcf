"""Whoever closes a page may come back for a while; then what they held is let go, by one thread for all."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ui import services, visits


def test_all_who_leave_are_let_go_by_one_thread(
    monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    released: list[tuple[str, str]] = []
    monkeypatch.setattr(visits, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(
        services, "release", lambda session: released.append((session, threading.current_thread().name))
    )
    names = [f"visitor {number}" for number in range(50)]
    with visits._lock:  # nobody is released before all have left
        monkeypatch.setattr(visits, "_lock", lock := threading.RLock())
    with lock:
        for name in (*names, names[0]):
            visits._left(name)
    wait_until(lambda: len(released) == len(names), "all are let go")
    assert sorted(name for name, _ in released) == sorted(names)
    assert released[-1][0] == names[0], "who came back and left again has waited anew"
    assert len({thread for _, thread in released}) == 1
    assert not visits._leaving


def test_one_that_cannot_be_let_go_keeps_nobody_else(
    monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    released: list[str] = []

    def release(session: str) -> None:
        if session == "broken":
            raise KeyError(session)
        released.append(session)

    monkeypatch.setattr(visits, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(services, "release", release)
    for name in ("broken", "anna"):
        visits._left(name)
    wait_until(lambda: released == ["anna"], "the next one is let go")
    assert "could not be released" in caplog.text


def test_who_comes_back_and_later_leaves_for_good_is_let_go_then(
    monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    """A page that is not drawn anew in between says nothing of a later loss."""
    released: list[str] = []
    seen: list[bool] = []
    here = iter([True, False, True, True, False, False])

    def look(session: str) -> bool:
        assert not released
        seen.append(next(here))
        return seen[-1]

    monkeypatch.setattr(visits, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(visits, "_here", look)
    monkeypatch.setattr(services, "release", released.append)
    visits._left("anna")
    wait_until(lambda: released == ["anna"], "she is let go")
    assert len(seen) == 6, "a loss in between had its time too"
    wait_until(lambda: not visits._leaving, "nobody is looked for any more")
    assert not visits._back
