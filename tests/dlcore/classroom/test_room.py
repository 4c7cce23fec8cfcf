"""Who is in the room, what they are called, and that nothing of them outlives it."""

from __future__ import annotations

from dataclasses import replace

from dlcore.classroom.assignment import Assignment
from dlcore.classroom.experiment import Experiment
from dlcore.classroom.room import GONE_SECONDS, SESSIONS, STUDENTS, Room
from dlcore.run import Run
from dlcore.training.config import TrainConfig


def opened() -> Room:
    room = Room()
    room.open()
    return room


def test_nobody_is_in_a_room_that_nobody_has_opened() -> None:
    room = Room()
    assert room.enter("a", "1", "Home") is None
    assert room.students() == ()
    assert not room.was_cleared


def test_students_are_numbered_as_they_come_and_nameless_until_they_choose() -> None:
    room = opened()
    room.enter("a", "1", "Home")
    room.enter("b", "2", "Home")
    room.enter("a", "1", "Train")
    assert [student.name for student in room.students()] == ["Student 1", "Student 2"]
    assert room.students()[0].page == "Train"
    assert room.call("a", "Ada").name == "Ada"  # type: ignore[union-attr]
    assert room.call("b", "<i>ada</i>").name == "ada 2"  # type: ignore[union-attr]
    assert room.call("a", "Ada").name == "Ada"  # type: ignore[union-attr]
    assert room.call("b", "").name == "Student 2"  # type: ignore[union-attr]
    assert room.call("stranger", "Eve") is None


def test_the_room_holds_so_many_and_of_each_so_many_pages() -> None:
    room = opened()
    for number in range(STUDENTS):
        assert room.enter(str(number), "s", "Home") is not None
        assert room.call(str(number), f"Ada {number} of many") is not None
    assert room.enter("one more", "s", "Home") is None
    for session in range(10):
        room.enter("0", str(session), "Home")
    assert room.students()[0].sessions == tuple(map(str, range(10 - SESSIONS, 10)))


def test_who_has_no_name_makes_room_and_takes_nobodys_number() -> None:
    """A browser that refuses cookies is somebody new with every page."""
    room = opened()
    ada = room.enter("ada", "s", "Home")
    assert ada is not None
    room.call("ada", "Ada")
    room.assign("ada", "mnist_train", Assignment(("lr",)))
    for number in range(2 * STUDENTS):
        assert room.enter(f"ghost {number}", "s", "Home") is not None
        room.assign(f"ghost {number}", "mnist_train", Assignment(("lr",)))
    assert len(room.students()) == STUDENTS
    assert len({student.number for student in room.students()}) == STUDENTS
    assert room.student("ada") is not None
    assert room.assigned("ada", "mnist_train") is not None
    assert room.assigned("ghost 0", "mnist_train") is None


def test_of_a_full_room_those_stay_who_are_heard_of() -> None:
    """Of a browser without cookies each page is somebody new."""
    room = opened()
    room.clock = iter(range(10_000)).__next__  # type: ignore[assignment]
    here = [f"student {number}" for number in range(30)]
    for owner in here:
        room.enter(owner, "s", "Home")
    numbers = {owner: room.student(owner).number for owner in here}  # type: ignore[union-attr]
    for number in range(2 * STUDENTS):
        room.enter(f"ghost {number}", "s", "Home")
        if number % 100 == 0:
            for owner in here:
                room.touch(owner)
    assert {owner: room.student(owner).number for owner in here} == numbers  # type: ignore[union-attr]


def test_who_leaves_takes_along_what_they_were_handed() -> None:
    room = opened()
    room.enter("ada", "s", "Home")
    room.assign("ada", "mnist_train", Assignment(("lr",), answers=False))
    assert room.answers_shut
    room.leave("ada")
    assert not room.answers_shut


def test_nothing_is_assigned_to_who_is_not_in_the_room() -> None:
    room = opened()
    room.assign("nobody", "mnist_train", Assignment(("lr",)))
    assert room.assigned("nobody", "mnist_train") is None
    room.enter("ada", "s", "Home")
    room.clear()
    room.assign("ada", "mnist_train", Assignment(("lr",)))
    assert room.assigned("ada", "mnist_train") is None


def test_nothing_of_a_student_outlives_the_room() -> None:
    room = opened()
    room.enter("a", "1", "Home")
    room.call("a", "Ada")
    room.assign("a", "mnist_train", Assignment(("lr",)))
    room.hand_out(Experiment("mnist", TrainConfig(), "Class", 0.0))
    room.pause()
    room.hold("run")
    room.clear()
    assert room.was_cleared
    assert (room.students(), room.assigned("a", "mnist_train"), room.experiment) == ((), None, None)
    assert not room.paused
    assert room.let_go() == frozenset()
    room.open()
    assert room.enter("a", "1", "Home").name == "Student 1"  # type: ignore[union-attr]


def test_only_what_was_held_is_let_go() -> None:
    room = opened()
    room.hold("before anybody has paused")
    room.pause()
    room.hold("x")
    room.pause()
    assert room.paused
    assert room.let_go() == {"x"}
    assert not room.paused


def test_who_takes_the_class_is_no_student_any_more_and_none_of_theirs_is_held() -> None:
    room = opened()
    room.enter("a", "1", "Home")
    room.enter("b", "2", "Home")
    assert not room.holds("a")
    room.pause()
    assert room.holds("a")
    assert not room.holds("somebody")
    room.leave("a")
    room.leave("somebody")
    assert [room.holds(owner) for owner in ("a", "b")] == [False, True]


def test_each_opening_is_another_room() -> None:
    room = Room()
    room.open()
    room.open()
    room.clear()
    room.open()
    assert room.opened == 2


def test_a_room_that_is_shut_pauses_nobody_and_hands_out_nothing() -> None:
    """A second teacher's page may stand open from before."""
    room = Room()
    room.pause()
    room.hand_out(Experiment("mnist", TrainConfig(), "Class", 0.0))
    assert (room.paused, room.experiment) == (False, None)


def test_who_gives_no_sign_for_minutes_is_gone_until_they_come_back() -> None:
    now = 1_000.0
    room = Room(clock=lambda: now)
    room.open()
    room.enter("a", "1", "Home")
    room.enter("b", "2", "Home")
    now += GONE_SECONDS
    room.touch("a")
    room.touch("nobody")
    now += 1.0
    assert [room.is_gone(student) for student in room.students()] == [False, True]
    room.enter("b", "2", "Train")
    assert not any(map(room.is_gone, room.students()))
    assert [student.number for student in room.students()] == [1, 2]


def test_a_clock_that_is_set_back_takes_the_beginning_of_an_experiment_along() -> None:
    """Runs are dated by the time of day: those that begin after it was set back are its own all the same."""
    passed, day = 50.0, 10_000.0
    room = Room(clock=lambda: passed, time_of_day=lambda: day)
    room.open()
    room.hand_out(Experiment("mnist", TrainConfig(), "Class", day))
    handed_out = room.experiment
    passed, day = 110.0, 10_060.0
    assert room.experiment is handed_out, "nothing was set"
    day = 20_000.0
    assert room.experiment is handed_out, "set on: what is older stays older"
    day = 10_060.0 - 3_600.0
    found = room.experiment
    assert found is not None
    assert found.since == 10_000.0 - 3_600.0
    run = Run("id", "me", "mnist", "run", TrainConfig().model_dump(), "finished", created=day)
    assert found.holds(run)
    assert not found.holds(replace(run, created=10_000.0 - 3_601.0)), "it is older"
    passed, day = 170.0, 10_120.0
    assert room.experiment is found, "set right again: runs of between still count"


def test_answers_open_later_for_all_and_until_the_room_is_cleared() -> None:
    room = Room()
    room.open_answers(True)
    assert not room.answers_open
    room.open()
    room.open_answers(True)
    assert room.answers_open
    room.open_answers(False)
    assert not room.answers_open
    room.open_answers(True)
    room.clear()
    assert not room.answers_open


def test_which_runs_the_teacher_stopped_is_forgotten_with_the_room() -> None:
    room = opened()
    room.stopped("run")
    assert room.was_stopped("run")
    assert not room.was_stopped("another")
    room.clear()
    assert not room.was_stopped("run")
    room.stopped("run")
    assert not room.was_stopped("run")
