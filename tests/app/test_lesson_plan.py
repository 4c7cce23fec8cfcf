"""A lesson plan leads the class: the teacher sees what to say and expect, students where to go, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import streamlit as st

from dlcore.classroom.lesson_plans import LESSON_PLANS
from dlcore.errors import RunError
from tests.app.conftest import unescaped
from ui import services, state, teaching

OpenPage = Callable[..., Any]
TEACHER, STUDENT = "the teacher", "s" * 22
STEPS = LESSON_PLANS[45].steps


@pytest.fixture(autouse=True)
def room(lab: services.Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A room of its own; whoever is named the teacher sits at the machine, all others do not."""
    monkeypatch.setattr(state, "at_the_machine", lambda: st.session_state["owner"] == TEACHER)
    services.room().__init__()  # type: ignore[misc]
    yield
    services.room().__init__()  # type: ignore[misc]


@pytest.fixture
def teacher(open_page: OpenPage) -> Any:
    """On the Class page, with the plan of 45 minutes begun."""
    page = open_page("class.py", owner=TEACHER).set("class", show="Lesson plan")
    assert "Step 1 of" not in page.words
    return page.click("class__begin_plan_45")


def everything(page: Any) -> str:
    """All that the server has sent for this page, whatever it is."""
    protos = (getattr(node, "proto", None) for node in page.at._tree)
    sent = (proto.SerializeToString().decode("utf-8", "replace") for proto in protos if proto is not None)
    return unescaped("\n".join(sent))


def secrets() -> list[str]:
    return [
        text
        for plan in LESSON_PLANS.values()
        for step in plan.steps
        for text in (step.say, *(question.expected for question in step.questions))
    ]


def to_the_last_step(teacher: Any) -> None:
    while not teacher.at.button(key="class__plan_next").disabled:
        teacher.click("class__plan_next")


def labels(page: Any) -> list[str]:
    return [link.proto.label for link in page.at.main.get("page_link")]


def test_the_teacher_steps_through_it(teacher: Any) -> None:
    assert f"Step 1 of {len(STEPS)}. In time." in teacher.words
    assert STEPS[0].say in teacher.words
    assert STEPS[0].questions[0].expected in teacher.words
    assert teacher.at.button(key="class__plan_back").disabled
    teacher.click("class__plan_next")
    assert f"Step 2 of {len(STEPS)}" in teacher.words
    assert STEPS[1].say in teacher.words
    teacher.click("class__plan_back")
    assert STEPS[0].say in teacher.words
    to_the_last_step(teacher)
    assert f"Step {len(STEPS)} of {len(STEPS)}" in teacher.words
    assert teacher.at.button(key="class__plan_next").disabled
    teacher.click("class__end_plan")
    assert services.room().plan is None


def test_its_time_is_that_of_a_clock_which_nobody_sets(teacher: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, late = services.room().plan, 60.0 * STEPS[0].minutes + 120
    assert begun is not None
    monkeypatch.setattr(services.room(), "clock", lambda: begun.since + late)
    assert "2 min behind the plan" in teacher.run().words
    teacher.click("class__plan_next")
    moved = services.room().plan
    assert moved is not None
    assert moved.used == {0: pytest.approx(late)}


def test_students_see_where_the_lesson_is_on_every_page(teacher: Any, open_page: OpenPage) -> None:
    teacher.click("class__plan_next")
    now = "Now: 1.1 Draw a digit · break it"
    home = open_page("home.py", owner=STUDENT)
    assert f"**{now}**" in labels(home)
    race = home.switch("optimizers/race.py")
    assert now in labels(race)
    there = race.switch("mnist/draw.py")
    assert "Now: this page · break it" in there.words
    to_the_last_step(teacher)
    assert "Now: Exit questions" in labels(race.switch("optimizers/race.py"))
    teacher.click("class__end_plan")
    assert not [label for label in labels(race.run()) if label.startswith("Now")]


def test_no_student_sees_what_is_said_or_expected(teacher: Any, open_page: OpenPage) -> None:
    pages = [
        open_page("home.py", owner=STUDENT),
        open_page("my_work.py", owner=STUDENT),
        open_page("class.py", owner=STUDENT, class__show="Lesson plan", present="1"),
    ]
    forced = open_page("class.py", owner=STUDENT)
    for name, value in (("class__show", "Lesson plan"), ("class__plan_next", True)):
        forced.at.session_state[name] = value
    pages.append(forced.run())
    for page in pages:
        sent = everything(page)
        assert [text for text in secrets() if text in sent] == []
    assert services.room().plan.place == 0  # type: ignore[union-attr]
    assert any(text in everything(teacher) for text in secrets()), "they would be found"


def test_what_is_projected_holds_no_answer(teacher: Any) -> None:
    teacher.at.session_state["lab__present"] = True
    teacher.run()
    sent = everything(teacher)
    assert STEPS[0].questions[0].text in sent
    assert [text for text in secrets() if text in sent] == []


def test_a_plan_ends_with_the_room(teacher: Any, open_page: OpenPage) -> None:
    student = open_page("home.py", owner=STUDENT)
    teacher.set("class", show="The room").click("class__clear")
    assert services.room().plan is None
    assert not [label for label in labels(student.run()) if "Now" in label]
    teacher.set("class", show="Lesson plan")
    assert "open it, then a plan can begin" in teacher.words
    assert teacher.at.button(key="class__begin_plan_45").disabled


def test_a_plan_that_there_is_not_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "teaches", lambda: True)
    with pytest.raises(RunError, match="There is no plan of 7 minutes"):
        teaching.begin_plan(7)


def test_exit_questions_are_answered_in_my_work_and_outlive_the_lesson(
    teacher: Any, open_page: OpenPage
) -> None:
    question = LESSON_PLANS[45].exit_questions[0]
    key = f"my_work__box_answer_{question}"
    page = open_page("my_work.py", owner=STUDENT)
    page.at.text_area(key=key).set_value("The machine.").run()
    assert services.store().notebook_of(STUDENT).answers == {question: "The machine."}
    teacher.click("class__end_plan")
    again = open_page("my_work.py", owner=STUDENT)
    assert [area.key for area in again.at.text_area if "answer" in str(area.key)] == [key]
    assert again.at.text_area(key=key).value == "The machine."
