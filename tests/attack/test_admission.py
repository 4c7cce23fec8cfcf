"""A class comes in at once, others in the order in which they came, while those inside are answered soon."""

from __future__ import annotations

import pytest

from ui import limits
from ui.admission import Admission, waiting_page

HERE = "10.0.0.1"
SOON, LATE = limits.SOON_SECONDS / 2, 2 * limits.SOON_SECONDS


class Lab:
    """As many pages are open as a class has."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pages = {f"10.0.9.{number}": 1 for number in range(limits.CLASS_PAGES)}
        self.admission = Admission(lambda: self.now)

    def live(self, seconds: float, *, wait: float) -> None:
        """Ten pages are clicked on once a second, and answered after `wait`."""
        for number in range(int(10 * seconds)):
            self.now += 0.1
            self.admission.answered(f"student {number % 10}", wait)

    def ask(self, *owners: str | None, waits: tuple[float, ...] = ()) -> list[int | None]:
        people = [(f"waiting {number}", wait) for number, wait in enumerate(waits)]
        return [self.admission.ask(owner, HERE, self.pages, people) for owner in owners]


@pytest.fixture
def lab() -> Lab:
    return Lab()


NAMES = [f"visitor {number}" for number in range(30)]


def test_a_class_never_waits_however_busy_the_machine_is(lab: Lab) -> None:
    lab.live(20, wait=LATE)
    assert lab.ask("a") == [0]
    lab.pages.popitem()
    assert lab.ask("a") == [None]


def test_a_place_is_the_first_ones(lab: Lab) -> None:
    lab.live(20, wait=LATE)
    assert lab.ask("a", "b") == [0, 1]
    lab.pages.popitem()
    assert lab.ask("c", None, "b", "a") == [2, 3, 1, None]


def test_nobody_more_comes_in_while_those_inside_wait_and_then_the_first_come_first(lab: Lab) -> None:
    lab.live(20, wait=LATE)
    assert lab.ask(*NAMES) == list(range(30))
    lab.live(3, wait=LATE)
    assert lab.ask(*reversed(NAMES)) == list(reversed(range(30))), "everybody keeps the place"
    outside, came_in = NAMES, list[str]()
    for _ in range(6):
        lab.live(limits.NEXT_ASKS_SECONDS, wait=SOON)
        answers = dict(zip(outside, lab.ask(*outside), strict=True))
        came_in += [name for name in outside if answers[name] is None]
        outside = [name for name in outside if name not in came_in]
    assert came_in == NAMES[: len(came_in)]
    assert len(came_in) >= 2
    assert lab.ask(NAMES[-1]) == [29 - len(came_in)]


def test_long_waits_that_are_not_over_count_too(lab: Lab) -> None:
    lab.live(20, wait=SOON)
    assert lab.ask("a", waits=(LATE,) * 20) == [0]
    assert lab.ask("b", waits=(SOON,) * 20) == [1], "what was saved up is gone"


@pytest.mark.parametrize(
    "waits", [(10.0,) * (limits.SLOW_ANSWERS - 1), (10_000.0,) * 50], ids=["few", "never"]
)
def test_a_few_slow_pages_and_answers_that_never_come_keep_nobody_out(
    lab: Lab, waits: tuple[float, ...]
) -> None:
    lab.now = 100.0
    assert lab.ask("a", waits=waits) == [None]


def test_they_come_in_no_faster_than_what_they_do_can_be_seen(lab: Lab) -> None:
    outside, seconds = [f"visitor {number}" for number in range(50)], 30
    for _ in range(seconds):
        lab.live(1.0, wait=SOON)
        answers = lab.ask(*outside)
        outside = [name for name, ahead in zip(outside, answers, strict=True) if ahead is not None]
    allowed = limits.ADMITTED_AT_ONCE + limits.ADMITTED_PER_SECOND * seconds
    assert allowed - 2 <= 50 - len(outside) <= allowed


def test_who_was_inside_comes_back_at_once_for_a_lessons_time(lab: Lab) -> None:
    lab.admission.enter("a")
    lab.now += 2 * limits.INSIDE_SECONDS
    lab.live(20, wait=LATE)
    assert lab.ask("a") == [None], "the page is open all the time"
    assert lab.admission.comes("a", HERE)
    lab.admission.leave("a")
    assert lab.ask("a") == [None], "a reload"
    lab.now += limits.INSIDE_SECONDS
    lab.live(20, wait=LATE)
    assert lab.ask("a") == [0]
    assert not lab.admission.comes("a", HERE)


def test_who_may_come_in_takes_a_place_until_the_page_is_open_or_does_not_come(lab: Lab) -> None:
    lab.pages.popitem()
    lab.live(20, wait=LATE)
    assert lab.ask(None) == [None]
    lab.admission.expect(None, HERE)
    assert lab.ask("b") == [0]
    assert not lab.admission.comes("a", "10.0.0.2")
    assert lab.admission.comes("a", HERE), "the browser has a name by now"
    assert not lab.admission.comes("a", HERE)
    lab.admission.expect(None, HERE)
    lab.live(limits.COMING_SECONDS + 1, wait=LATE)
    assert lab.ask("b") == [None]


def test_a_page_that_was_awaited_of_somebody_is_theirs(lab: Lab) -> None:
    """Also from another address of theirs; who loads twice takes one place."""
    for _ in range(2):
        lab.admission.expect("a", HERE)
    lab.admission.expect(None, HERE)
    assert lab.admission.comes("b", HERE)
    assert not lab.admission.comes("b", HERE)
    assert lab.admission.comes("a", "10.0.0.2")
    assert not lab.admission.comes("a", HERE)


def test_one_person_alone_is_not_the_whole_lab_however_many_pages_wait(lab: Lab) -> None:
    for _ in range(100):
        lab.now += 1.0
        lab.admission.answered("student 1", LATE)
    assert lab.ask("a") == [None]


def test_the_first_in_line_comes_before_whoever_asks_more_often(lab: Lab) -> None:
    lab.live(20, wait=LATE)
    outside = ["a", "b", "c"]
    assert lab.ask(*outside) == [0, 1, 2]
    for tick in range(200):
        lab.live(0.1, wait=SOON)
        lab.ask(None)
        if tick % 30 == 0:
            outside = [
                name for name, ahead in zip(outside, lab.ask(*outside), strict=True) if ahead is not None
            ]
    assert outside == []


def test_the_line_of_one_address_keeps_no_class_out(lab: Lab) -> None:
    lab.pages = {HERE: limits.CLASS_PAGES}
    lab.live(20, wait=LATE)
    crowd = lab.ask(*[f"ghost {number}" for number in range(50)])
    assert None not in crowd
    for number in range(30):
        assert lab.admission.ask(NAMES[number], f"10.0.1.{number}", lab.pages) is None
        lab.pages[f"10.0.1.{number}"] = 1


def test_who_has_gone_holds_no_place_in_the_line(lab: Lab) -> None:
    lab.live(20, wait=LATE)
    assert lab.ask("a", "b") == [0, 1]
    lab.live(limits.NEXT_ASKS_SECONDS, wait=LATE)
    assert lab.ask("b") == [1]
    lab.live(2 * limits.NEXT_ASKS_SECONDS, wait=LATE)
    assert lab.ask("b") == [0]


def test_one_address_does_not_have_the_whole_line(lab: Lab) -> None:
    lab.live(20, wait=LATE)
    flood = [f"ghost {number}" for number in range(1_000)]
    assert max(lab.ask(*flood), key=lambda place: place or 0) == limits.IN_LINE_PER_ADDRESS
    assert lab.admission.ask("b", "10.0.0.2", lab.pages) == limits.IN_LINE_PER_ADDRESS


def test_what_is_remembered_is_bounded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGES", 5)
    monkeypatch.setattr(limits, "INSIDE_REMEMBERED", 5)
    lab.live(20, wait=LATE)
    assert lab.ask(*NAMES[:7]) == [0, 1, 2, 3, 4, 5, 5]
    for name in NAMES:
        lab.admission.enter(name)
    assert len(lab.admission._inside) == 5
    for _ in range(1_000):
        lab.admission.expect(None, HERE)
    assert len(lab.admission._coming) == limits.PAGES_PER_ADDRESS
    lab.live(600, wait=SOON)
    assert len(lab.admission._answers) <= 10 * limits.LOOK_BACK_SECONDS + 2


def test_who_no_longer_asks_does_not_wait(lab: Lab) -> None:
    for name in ("anna", "ben"):
        lab.admission.ask(name, HERE, {}, full=True)
    assert lab.admission.in_line == 2
    lab.now += 2.5 * limits.ASK_AGAIN_SECONDS
    assert lab.admission.in_line == 0


def test_who_is_next_asks_sooner() -> None:
    next_words, soon = waiting_page(0)
    words, later = waiting_page(100)
    assert (soon, later) == (limits.NEXT_ASKS_SECONDS, limits.ASK_AGAIN_SECONDS)
    assert "You are next." in next_words
    assert "100 people are ahead of you." in words
    assert f'content="{later}"' in words
