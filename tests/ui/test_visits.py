"""Whoever closes a page may come back for a while; then what they held is let go, by one thread for all."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ui import visits
from ui.visits import Leaving


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "GRACE_SECONDS", 0.05)


def nobody(session: str) -> bool:
    return False


def test_all_who_leave_are_let_go_by_one_thread(wait_until: Callable[..., None]) -> None:
    released: list[tuple[str, str]] = []
    leaving = Leaving(nobody, lambda session: released.append((session, threading.current_thread().name)))
    leaving._lock = threading.RLock()  # type: ignore[assignment]
    names = [f"visitor {number}" for number in range(50)]
    with leaving._lock:  # nobody is released before all have left
        for name in (*names, names[0]):
            leaving.lost(name)
    wait_until(lambda: len(released) == len(names), "all are let go")
    assert sorted(name for name, _ in released) == sorted(names)
    assert released[-1][0] == names[0], "who came back and left again has waited anew"
    assert len({thread for _, thread in released}) == 1
    assert not leaving


@pytest.mark.parametrize("fault", ["looked for", "let go"])
def test_one_of_whom_nobody_can_say_keeps_nobody_else(
    wait_until: Callable[..., None], caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    released: list[str] = []

    def look(session: str) -> bool:
        if (session, fault) == ("broken", "looked for"):
            raise KeyError(session)
        return False

    def release(session: str) -> None:
        if (session, fault) == ("broken", "let go"):
            raise KeyError(session)
        released.append(session)

    leaving = Leaving(look, release)
    for name in ("broken", "anna"):
        leaving.lost(name)
    wait_until(lambda: "anna" in released, "the next one is let go")
    assert "could not be released" in caplog.text


def test_who_comes_back_and_later_leaves_for_good_is_let_go_then(wait_until: Callable[..., None]) -> None:
    """A page that is not drawn anew in between says nothing of a later loss."""
    released: list[str] = []
    seen: list[bool] = []
    here = iter([True, False, True, True, False, False])

    def look(session: str) -> bool:
        assert not released
        seen.append(next(here))
        return seen[-1]

    leaving = Leaving(look, released.append)
    leaving.lost("anna")
    wait_until(lambda: released == ["anna"], "she is let go")
    assert len(seen) == 6, "a loss in between had its time too"
    assert not leaving
    assert not leaving._back


def test_where_no_thread_begins_the_next_loss_lets_all_go(
    wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    released: list[str] = []
    leaving = Leaving(nobody, released.append)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none)
        leaving.lost("anna")
    leaving.lost("ben")
    wait_until(lambda: released == ["anna", "ben"], "both are let go")
