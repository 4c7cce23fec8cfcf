"""The path: every page stands on it once, under a name of its own, and leads on."""

from __future__ import annotations

from dlcore.classroom.lesson_plans import LESSON_PLANS
from ui.path import BY_FILE, NEXT, PAGES, PATH, STOPS


def test_every_page_there_is_stands_on_it_once() -> None:
    found = sorted(path.relative_to(PAGES).as_posix() for path in PAGES.glob("**/*.py"))
    assert sorted(BY_FILE) == found
    assert len(found) == len(STOPS) + sum(len(stop.also) for stop in STOPS)


def test_no_two_pages_are_called_alike() -> None:
    everybody = BY_FILE.values()
    assert len({stop.title for stop in everybody}) == len(BY_FILE)
    assert len({stop.address for stop in everybody}) == len(BY_FILE)
    assert len({stop.number for stop in PATH}) == len(PATH)


def test_numbers_are_in_the_order_of_the_path() -> None:
    numbers = [tuple(map(int, stop.number.split("."))) for stop in PATH]
    assert numbers == sorted(numbers)


def test_the_same_question_has_the_same_number_for_all_its_subjects() -> None:
    for stop in STOPS:
        assert all(other.number == stop.number and other.subject for other in stop.also)


def test_who_follows_next_comes_past_every_page_of_the_path() -> None:
    here, seen = PATH[0], [PATH[0]]
    while (here := NEXT[here.file]).number:
        seen.append(here)
    assert tuple(seen) == PATH


def test_every_page_of_the_path_says_what_it_teaches_in_a_short_line() -> None:
    for stop in PATH:
        assert stop.minutes > 0, stop
        assert 0 < len(stop.teaches.split()) <= 12, stop
        assert stop.teaches.endswith("."), stop
    assert len({stop.teaches for stop in PATH}) == len(PATH)


def test_the_plans_fill_their_minutes_with_pages_there_are() -> None:
    for minutes, plan in LESSON_PLANS.items():
        assert plan.minutes == minutes
        assert {step.file for step in plan.steps if step.file} <= set(BY_FILE)
