"""When a class presses Start together: all are answered one by one, then their pages are drawn one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import pytest

from tests.waiting import DEADLINE_SECONDS, wait_until
from ui.taken import Taking

BRIEFLY = 0.01  # how long a page waits for others, where it shall give up


class Room:
    """Starts and pages in threads of their own, and what has happened in which order."""

    def __init__(self, patience: float = DEADLINE_SECONDS) -> None:
        self.taking, self.happened = Taking(patience, patience), list[str]()
        self.asked = 0  # so many starts and pages
        self.go_on = threading.Event()  # for the one that takes long
        self._threads: list[threading.Thread] = []

    def start(self, name: str, writing: Callable[[], object] = bool) -> None:
        self._begin(self.taking.first, f"{name} is taken", writing, f"{name} is answered")

    def page(self, name: str, drawing: Callable[[], object] = bool) -> None:
        self._begin(partial(self.taking.page, name), f"{name} begins", drawing, f"{name} is drawn")

    def _begin(
        self,
        turn: Callable[[], AbstractContextManager[None]],
        first: str,
        work: Callable[[], object],
        last: str,
    ) -> None:
        def take_turn() -> None:
            self.asked += 1
            with turn():
                self.happened.append(first)
                work()
                self.happened.append(last)

        self._threads.append(threading.Thread(target=take_turn))
        self._threads[-1].start()

    def drawing(self, name: str) -> int:
        """So many share the turn of that page, which waits."""
        with self.taking._lock:
            return self.taking._waiting[name][1].drawing if name in self.taking._waiting else 0

    @contextmanager
    def left(self) -> Iterator[None]:
        """At the end of this `with` all have had their turn, also if a test fails in it."""
        try:
            yield
        finally:
            self.go_on.set()
            for thread in self._threads:
                thread.join()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Callable[[Room], threading.Event]:
    """Set as soon as a page of that room waits for starts to be answered."""

    def watch(room: Room) -> threading.Event:
        waits, wait = threading.Event(), room.taking._all_answered.wait

        def waiting(seconds: float) -> bool:
            waits.set()
            return wait(seconds)

        monkeypatch.setattr(room.taking._all_answered, "wait", waiting)
        return waits

    return watch


def test_a_page_waits_until_every_start_is_answered(held: Callable[[Room], threading.Event]) -> None:
    room = Room()
    waits = held(room)
    with room.left(), room.taking.first():
        room.start("another")
        wait_until(lambda: room.taking._answering == 2, "two are to be answered")
        room.page("a")
        wait_until(waits.is_set, "the page waits")
        room.happened.append("one is answered")
    assert room.happened[:3] == ["one is answered", "another is taken", "another is answered"]
    assert room.happened[3:] == ["a begins", "a is drawn"]


def test_pages_are_drawn_one_by_one_in_the_order_in_which_they_were_asked_for() -> None:
    room, names = Room(), "abcdef"
    with room.left():
        for name in names:
            last = room.taking._last
            room.page(name, room.go_on.wait)
            wait_until(lambda last=last: room.taking._last is not last, "it has its place")
        wait_until(lambda: "a begins" in room.happened, "the first is being drawn")
        room.go_on.set()
    assert room.happened == [words for name in names for words in (f"{name} begins", f"{name} is drawn")]


def test_a_click_while_one_waits_keeps_the_place() -> None:
    """What it was asked for before is given up by Streamlit; what it is asked for now comes in its place."""
    room = Room()
    with room.left():
        room.page("a", room.go_on.wait)
        wait_until(lambda: "a begins" in room.happened, "the first is being drawn")
        for name in "bcb":
            asked = room.asked
            room.page(name)
            wait_until(lambda asked=asked: room.asked > asked, "it is asked for")
        wait_until(lambda: room.drawing("b") == 2, "both share a turn")
        room.go_on.set()
    assert sorted(room.happened[2:6]) == ["b begins"] * 2 + ["b is drawn"] * 2
    assert room.happened[6:] == ["c begins", "c is drawn"]
    assert not room.taking._waiting


def test_one_that_takes_long_is_passed_by_all_that_wait() -> None:
    room = Room(BRIEFLY)
    with room.left():
        room.page("a", room.go_on.wait)
        for name in "bcd":
            room.page(name)
        wait_until(lambda: all(f"{name} is drawn" in room.happened for name in "bcd"), "they are drawn")
        assert "a is drawn" not in room.happened


def test_starts_are_answered_one_by_one() -> None:
    room = Room()
    with room.left():
        room.start("a", room.go_on.wait)
        wait_until(lambda: "a is taken" in room.happened, "the first is being answered")
        room.start("b")
        wait_until(lambda: room.asked == 2, "the second is asked for")
        room.go_on.set()
    assert room.happened == ["a is taken", "a is answered", "b is taken", "b is answered"]


def test_who_is_answered_takes_no_time_from_the_others(held: Callable[[Room], threading.Event]) -> None:
    room, second = Room(), threading.Event()
    goes_on = held(room)
    with room.left():
        room.start("a", room.go_on.wait)
        wait_until(lambda: "a is taken" in room.happened, "the first is being answered")
        room.start("b", second.wait)
        try:
            wait_until(lambda: room.taking._answering == 2, "the second is asked for")
            room.go_on.set()
            wait_until(goes_on.is_set, "the first waits")
            wait_until(lambda: "b is taken" in room.happened, "the second is being answered")
            assert room._threads[0].is_alive()
        finally:
            second.set()
    assert room.happened[-1] == "b is answered"


def test_who_starts_a_run_while_its_page_is_drawn_waits_for_nobody(
    held: Callable[[Room], threading.Event],
) -> None:
    room = Room()
    with room.left(), room.taking.page("a"):
        waits = held(room)
        with room.taking.first():
            room.start("b", room.go_on.wait)
            wait_until(lambda: room.taking._answering == 2, "another waits for its answer")
        assert not waits.is_set()


def test_a_page_after_a_start_is_no_more_patient_than_the_start() -> None:
    room = Room()
    with room.taking.first():
        until = room.taking._this_thread.patient_until
    with room.taking.page("a"):
        assert room.taking._last.patient_until == until
    with room.taking.page("a"):
        assert room.taking._last.patient_until != until


def test_whom_a_second_click_breaks_off_waits_for_nobody(held: Callable[[Room], threading.Event]) -> None:
    room = Room()
    waits = held(room)

    def broken_off() -> None:
        room.start("b", room.go_on.wait)
        wait_until(lambda: room.taking._answering == 2, "another waits for its answer")
        raise KeyError

    with room.left():
        with pytest.raises(KeyError), room.taking.first():
            broken_off()
        assert not waits.is_set()


def test_a_start_within_a_start_is_one_with_it() -> None:
    room = Room()
    with room.taking.first():
        with room.taking.first():
            assert room.taking._answering == 1
        assert room.taking._answering == 1, "the outer one is not over"
    assert not room.taking._answering


def test_a_start_that_hangs_holds_up_the_others_for_a_while_only() -> None:
    room = Room(BRIEFLY)
    with room.left():
        room.start("a", room.go_on.wait)
        wait_until(lambda: "a is taken" in room.happened, "the first is being answered")
        room.start("b")
        wait_until(lambda: "b is answered" in room.happened, "it does not wait for good")


def test_one_that_takes_long_holds_up_the_others_for_a_while_only() -> None:
    room = Room(BRIEFLY)
    with room.left(), room.taking.first():
        room.page("a", room.go_on.wait)
        wait_until(lambda: "a begins" in room.happened, "a start that hangs holds up nobody for good")
        room.page("b")
        wait_until(lambda: "b is drawn" in room.happened, "nor does a page")
        room.go_on.set()
    room.page("c")
    wait_until(lambda: "c is drawn" in room.happened, "then there is room again")


def test_who_breaks_off_makes_room() -> None:
    room = Room()
    with pytest.raises(KeyError), room.taking.first():
        raise KeyError
    with pytest.raises(KeyError), room.taking.page("b"):
        raise KeyError
    with room.left():
        room.page("a")
    assert room.happened == ["a begins", "a is drawn"]
