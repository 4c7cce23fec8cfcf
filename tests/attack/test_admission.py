"""A class comes in at once, others in the order in which they came, while those inside are answered soon."""

from __future__ import annotations

import pytest

from ui import limits
from ui.admission import Admission, waiting_page


class Machine:
    """Its clock, and how much of it the server has used."""

    def __init__(self) -> None:
        self.now = self.used = 0.0
        self.admission = Admission(lambda: self.now, lambda: self.used)

    def live(self, seconds: float, *, wait: float, share: float = 0.1) -> None:
        """Ten clicks a second are answered after `wait`, and the server takes that share of a core."""
        for _ in range(int(10 * seconds)):
            self.now += 0.1
            self.used += 0.1 * share
            self.admission.answered(wait)

    def ask(self, *visitors: str) -> list[int | None]:
        return [self.admission.ahead(visitor, limits.CLASS_PAGES) for visitor in visitors]


NAMES = [f"visitor {number}" for number in range(30)]
SOON, LATE = limits.SOON_SECONDS / 2, 2 * limits.SOON_SECONDS


def test_a_class_never_waits_however_busy_the_machine_is() -> None:
    machine = Machine()
    machine.live(20, wait=LATE, share=1.0)
    assert machine.admission.ahead("somebody", limits.CLASS_PAGES - 1) is None


def test_nobody_more_comes_in_while_those_inside_wait_and_then_the_first_come_first() -> None:
    machine = Machine()
    machine.live(20, wait=LATE)
    assert machine.ask(*NAMES) == list(range(30))
    machine.live(10, wait=LATE)
    assert machine.ask(*reversed(NAMES)) == list(reversed(range(30))), "everybody keeps the place"
    machine.live(limits.LOOK_BACK_SECONDS + 5, wait=SOON)
    came_in = [name for name, ahead in zip(NAMES, machine.ask(*NAMES), strict=True) if ahead is None]
    assert came_in == NAMES[: len(came_in)]
    assert 1 <= len(came_in) <= limits.ADMITTED_AT_ONCE
    assert machine.ask(NAMES[-1]) == [29 - len(came_in)]


def test_nobody_more_comes_in_while_the_server_has_hardly_any_time_left() -> None:
    machine = Machine()
    machine.live(20, wait=SOON, share=0.9)
    assert machine.ask("a") == [0]
    machine.live(limits.LOOK_BACK_SECONDS + 5, wait=SOON, share=0.4)
    assert machine.ask("a") == [None]


def test_long_waits_that_are_not_over_count_too() -> None:
    machine = Machine()
    machine.live(20, wait=SOON)
    assert machine.admission.ahead("a", limits.CLASS_PAGES, [LATE] * 40) == 0
    assert machine.admission.ahead("b", limits.CLASS_PAGES, [SOON] * 40) is not None, (
        "what was saved up is gone"
    )


def test_one_page_that_takes_long_keeps_nobody_out() -> None:
    machine = Machine()
    machine.live(20, wait=SOON)
    assert machine.admission.ahead("a", limits.CLASS_PAGES, [60.0]) is None


def test_they_come_in_no_faster_than_what_they_do_can_be_seen() -> None:
    machine, outside, seconds = Machine(), [f"visitor {number}" for number in range(200)], 30
    for _ in range(seconds):
        machine.live(1.0, wait=SOON)
        answers = machine.ask(*outside)
        outside = [name for name, ahead in zip(outside, answers, strict=True) if ahead is not None]
    allowed = limits.ADMITTED_AT_ONCE + limits.ADMITTED_PER_SECOND * seconds
    assert allowed - 2 <= 200 - len(outside) <= allowed


def test_who_was_inside_comes_back_at_once_for_a_lessons_time() -> None:
    machine = Machine()
    machine.admission.enter("a")
    machine.live(20, wait=LATE)
    assert machine.ask("a") == [None]
    machine.now += limits.INSIDE_SECONDS
    machine.live(20, wait=LATE)
    assert machine.ask("a") == [0]


def test_who_may_come_in_takes_a_place_until_the_page_is_open_or_does_not_come() -> None:
    machine = Machine()
    machine.live(20, wait=LATE)
    nearly = limits.CLASS_PAGES - 1
    assert machine.admission.ahead("a", nearly) is None
    assert machine.admission.ahead("b", nearly) == 0
    assert machine.admission.ahead("a", nearly) is None, "the page follows its document"
    machine.live(limits.COMING_SECONDS + 1, wait=LATE)
    assert machine.admission.ahead("b", nearly) is None


def test_who_has_gone_holds_no_place_in_the_line() -> None:
    machine = Machine()
    machine.live(20, wait=LATE)
    assert machine.ask("a", "b") == [0, 1]
    machine.live(limits.IN_LINE_SECONDS - 1, wait=LATE)
    assert machine.ask("b") == [1]
    machine.live(2, wait=LATE)
    assert machine.ask("b") == [0]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGES", 5)
    machine = Machine()
    machine.live(20, wait=LATE)
    assert machine.ask(*NAMES[:7]) == [0, 1, 2, 3, 4, 5, 5]
    for name in NAMES:
        machine.admission.enter(name)
    assert len(machine.admission._inside) == 5
    machine.live(600, wait=SOON)
    assert len(machine.admission._answers) <= 10 * limits.LOOK_BACK_SECONDS + 2


def test_who_is_next_asks_sooner() -> None:
    next_words, soon = waiting_page(0)
    words, later = waiting_page(100)
    assert (soon, later) == (limits.NEXT_ASKS_SECONDS, limits.ASK_AGAIN_SECONDS)
    assert "You are next." in next_words
    assert "100 people are ahead of you." in words
    assert f'content="{later}"' in words
