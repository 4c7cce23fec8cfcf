"""Lesson plans are whole, their figures are those of the lab, and a running one keeps its time."""

from __future__ import annotations

import math

import pytest

from dlcore.classroom.lesson_plans import LESSON_PLANS, LessonPlan, Question, Step
from dlcore.classroom.room import Room
from dlcore.classroom.running_plan import RunningPlan, clock, pace_words
from dlcore.training.evaluation import band
from dlcore.training.recipes import PRESETS

PLAN = LessonPlan(
    "two steps",
    (Step(2, "home.py", "look", "say", ()), Step(3, "", "answer", "say", (Question("why?", "because"),))),
)


@pytest.mark.parametrize("minutes", LESSON_PLANS)
def test_a_plan_says_what_to_do_what_to_say_what_to_ask_and_what_to_expect(minutes: int) -> None:
    plan = LESSON_PLANS[minutes]
    assert plan.minutes == minutes
    assert len(set(plan.exit_questions)) == len(plan.exit_questions) >= 3
    for step in plan.steps:
        assert step.minutes > 0
        assert step.todo
        assert step.say.endswith(".") or step.say.endswith("?")
        assert 1 <= len(step.questions) <= 4
        for question in step.questions:
            assert question.text.endswith("?")
            assert question.expected.endswith(".")
            assert len(question.expected.split()) <= 30


def test_its_figures_are_those_of_the_lab() -> None:
    said = " ".join(
        " ".join((step.say, *(question.expected for question in step.questions)))
        for plan in LESSON_PLANS.values()
        for step in plan.steps
    )
    config = PRESETS["class"].config
    assert f"{config.train_size:,} images" in said
    assert config.epochs == 1
    assert f"±{100 * band(9_830, 10_000).half_width:.2f} points" in said
    assert f"ln 10 = {math.log(10):.2f}" in said
    assert f"2/λ = {2 / 30:.3f}" in said


def test_a_running_plan_keeps_the_time_of_each_step() -> None:
    running = RunningPlan(PLAN, since=100.0)
    assert running.used_here(130.0) == 30.0
    later = running.moved(1, 190.0)
    assert (later.place, later.used_here(200.0), later.used_in_all(200.0)) == (1, 10.0, 100.0)
    assert later.moved(1, 300.0) == later, "nobody goes past the end"
    back = later.moved(-1, 250.0)
    assert (back.place, back.used_here(260.0), back.used_in_all(260.0)) == (0, 100.0, 160.0)
    assert back.moved(-1, 400.0) == back
    assert running.used_here(50.0) == 0.0, "a clock that was set back"


@pytest.mark.parametrize(
    ("moves", "now", "words"),
    [
        ([], 100.0, "In time."),
        ([], 300.0, "3 min behind the plan."),
        ([60.0], 60.0, "1 min ahead of the plan."),
        ([240.0], 240.0, "2 min behind the plan."),
    ],
)
def test_it_says_whether_it_is_in_time(moves: list[float], now: float, words: str) -> None:
    running = RunningPlan(PLAN, since=0.0)
    for at in moves:
        running = running.moved(1, at)
    assert pace_words(running, now) == words
    assert clock(245.9) == "4:05"


def test_a_plan_ends_with_the_room_and_leads_none_that_is_shut() -> None:
    room, running = Room(), RunningPlan(PLAN, since=0.0)
    room.lead(running)
    assert room.plan is None
    room.open()
    room.lead(running)
    assert room.plan == running
    room.clear()
    assert room.plan is None
    room.open()
    assert room.plan is None
