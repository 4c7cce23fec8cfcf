"""The teacher's page: who is here, what they do; and that no student gets anywhere near it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from dlcore.classroom.room import GONE_SECONDS
from dlcore.errors import EndedError, RunError, StoreError
from dlcore.run import Metric, Run
from dlcore.training.config import TrainConfig
from tests.app import at_work
from tests.waiting import wait_until
from ui import classroom, joining, messages, path, services, state, teaching
from ui.messages import status_sentence
from ui.path import CLASS

TEACHER = "the teacher"


@pytest.fixture(autouse=True)
def room(lab: services.Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A room of its own; whoever is named the teacher sits at the machine, all others do not."""
    monkeypatch.setattr(state, "at_the_machine", lambda: st.session_state["owner"] == TEACHER)
    services.room().clear()
    services.room().__init__()  # type: ignore[misc]
    yield
    services.room().__init__()  # type: ignore[misc]


def ended(owner: str, run_id: str, *, seed: int = 0, correct: int = 9_800) -> None:
    """A finished run of somebody's, tested."""
    config, store = TrainConfig(seed=seed), services.store()
    run = Run(run_id, owner, "mnist", run_id, config.model_dump(), "finished", created=teaching.time.time())
    store.create(run)
    store.update(run)
    numbers = {"test_accuracy": correct / 10_000, "test_correct": correct, "test_total": 10_000}
    losses = [Metric("train_loss", step, 1, 1.0, 2.3 / step) for step in range(1, 60)]
    tested = [Metric(name, 60, 1, 1.0, value) for name, value in numbers.items()]
    store.record(run_id, [*losses, *tested], [])


def pick(teacher: Any, row: int) -> Any:
    """A click on a row of the table that is shown."""
    (shown,) = teacher.at.dataframe
    table = shown.proto.id[shown.proto.id.index("class__table") :]
    teacher.at.session_state[table] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return teacher.run()


def test_the_teacher_sees_who_comes_and_what_they_do(open_page: Callable[..., Any]) -> None:
    page = open_page("class.py", owner=TEACHER)
    assert page.metric() == "0"
    assert "Nobody is here yet" in page.words
    open_page("mnist/draw.py", owner="s" * 22)
    ended("s" * 22, "a-run")
    page.run()
    ((row,),) = page.tables()
    assert (row["Name"], row["Page"], row["Status"], row["Runs"]) == (
        "Student 1",
        "1.1 Draw a digit",
        "finished",
        1,
    )
    assert row["Test, %"] == 98.0
    assert len(row["Loss"]) == 24
    assert page.metric() == "1"


def test_a_student_may_choose_a_name_and_is_told_who_sees_it(open_page: Callable[..., Any]) -> None:
    open_page("class.py", owner=TEACHER)
    student = open_page("home.py", owner="ada" * 7)
    assert any("Your teacher sees" in caption.value for caption in student.at.sidebar.caption)
    student.at.text_input(key="lab__room_name").set_value("<b>Ada</b>").run()
    assert services.room().student("ada" * 7).name == "Ada"  # type: ignore[union-attr]


def test_nobody_is_seen_before_a_class_and_after_it(open_page: Callable[..., Any]) -> None:
    student = open_page("home.py", owner="x" * 22)
    assert not student.at.sidebar.caption
    assert services.room().students() == ()
    teacher = open_page("class.py", owner=TEACHER)
    student.run()
    assert len(services.room().students()) == 1
    teacher.click("class__clear")
    assert "The room is cleared" in teacher.words
    student.run()
    assert services.room().students() == ()
    teacher.click("class__open")
    student.run()
    assert len(services.room().students()) == 1


@pytest.mark.parametrize("others_come_in", [True, False])
def test_who_is_here_before_the_class_is_asked_again_whether_it_has_begun(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, others_come_in: bool
) -> None:
    looks: list[Any] = []
    monkeypatch.setattr(joining, "opened", lambda: others_come_in)
    monkeypatch.setattr(classroom, "_now", lambda stop, shown: looks.append(shown))
    open_page("home.py", owner="x" * 22)
    assert [is_open for _, is_open, *_ in looks] == ([False] if others_come_in else [])


def test_a_student_finds_a_closed_door(open_page: Callable[..., Any]) -> None:
    open_page("class.py", owner=TEACHER)
    page = open_page("class.py", owner="y" * 22)
    assert [box.key for box in page.at.main.text_input] == ["class__code"]
    assert not page.at.metric
    assert not page.tables()
    page.at.session_state["class__show"] = "Class experiment"
    page.set("class", picked="y" * 22)
    assert not page.tables()
    home = open_page("home.py", owner="y" * 22)
    assert CLASS.title not in {link.label for link in home.at.sidebar.get("page_link")}


def test_the_code_opens_it_and_a_wrong_one_is_a_sentence(open_page: Callable[..., Any]) -> None:
    page = open_page("class.py", owner="z" * 22)

    def enter(code: str) -> None:
        page.at.text_input(key="class__code").set_value(code)
        next(button for button in page.at.button if button.label == "Open the class").click().run()

    enter("WRONG")
    assert any("not the teacher's code" in sentence for sentence in page.sentences)
    assert not page.at.metric
    enter(services.teachers().spelled)
    assert page.at.metric
    services.teachers().leave("z" * 22, "")
    page.run()
    assert not page.at.metric


ACTIONS: dict[str, Callable[[], object]] = {
    "table": teaching.table,
    "runs_of": lambda: teaching.runs_of(None),  # type: ignore[arg-type]
    "stop": lambda: teaching.stop("anything"),
    "pause_all": teaching.pause_all,
    "hold": teaching.hold,
    "go_on": teaching.go_on,
    "open_answers": lambda: teaching.open_answers(True),
    "open_room": teaching.open_room,
    "clear": teaching.clear,
    "begin_plan": lambda: teaching.begin_plan(45),
    "plan": teaching.plan,
    "move_plan": lambda: teaching.move_plan(1),
    "end_plan": teaching.end_plan,
    "send": lambda: teaching.send(None),
    "hand_out": lambda: teaching.hand_out("Class"),
    "end_experiment": teaching.end_experiment,
    "results": lambda: teaching.results(None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_asks_again_who_acts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "teaches", lambda: False)
    with pytest.raises(RunError, match="Only whoever holds the class"):
        ACTIONS[name]()


def test_a_run_of_the_class_is_looked_at_and_not_steered(open_page: Callable[..., Any]) -> None:
    open_page("class.py", owner=TEACHER)
    student = "q" * 22
    open_page("home.py", owner=student)
    ended(student, "their-run")
    teacher = open_page("mnist/train.py", owner=TEACHER, run="their-run")
    assert "their-run" in teacher.words
    assert teacher.at.button(key="mnist_train__stop").disabled
    other = open_page("mnist/train.py", owner="other" * 4, run="their-run")
    assert any("no such run of yours" in sentence for sentence in other.sentences)
    services.room().clear()
    teacher = open_page("mnist/train.py", owner=TEACHER, run="their-run")
    assert any("no such run of yours" in sentence for sentence in teacher.sentences)


def status(run_id: str) -> str:
    run = services.runner().get(run_id)
    assert run is not None
    return run.status


def test_trainings_pause_while_the_teacher_speaks_and_one_is_stopped(
    open_page: Callable[..., Any],
) -> None:
    teacher = open_page("class.py", owner=TEACHER)
    student = open_page("mnist/train.py", owner="p" * 22)
    student.click("mnist_train__start")
    (run,) = services.runner().active_runs()
    wait_until(lambda: status(run.id) == "running", "it trains")
    teacher.run().click("class__pause")
    wait_until(lambda: status(run.id) == "paused", "it is paused")
    student.run()
    assert "Your teacher speaks" in student.words
    assert student.at.button(key="mnist_train__pause").disabled
    assert [str(tile.value) for tile in teacher.run().at.metric if tile.label in ("Training", "Paused")] == [
        "0",
        "1",
    ]
    other = open_page("mnist/train.py", owner="o" * 22).click("mnist_train__start")
    assert any("has paused all trainings" in sentence for sentence in other.sentences)
    assert status(run.id) == "paused"
    teacher.run().click("class__go_on")
    wait_until(lambda: status(run.id) == "running", "it goes on")
    pick(teacher, 0).click(f"class__stop_{run.id}")
    wait_until(lambda: status(run.id) == "stopped", "it is stopped")
    assert "Your teacher stopped it after step" in student.run().words


def test_a_run_that_the_store_refuses_keeps_no_other_from_going_on(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = open_page("class.py", owner=TEACHER)
    room = services.room()
    room.pause()
    for run_id in ("a", "b", "c"):
        room.hold(run_id)
    told: list[str] = []

    def control(run_id: str, what: Any) -> None:
        told.append(run_id)
        if len(told) == 1:
            raise StoreError("The data folder is gone.")

    monkeypatch.setattr(services.runner(), "control", control)
    assert "The data folder is gone." in teacher.run().click("class__go_on").sentences
    assert sorted(told) == ["a", "b", "c"]


def test_a_run_that_gets_its_place_while_all_are_let_go_is_let_go_too(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another page of the teacher's, in between."""
    open_page("class.py", owner=TEACHER)
    room, told = services.room(), list[str]()
    run = Run("a", "p" * 22, "mnist", "a run", TrainConfig().model_dump(), "running")

    def control(run_id: str, what: Any) -> None:
        told.append(what.action)
        room.let_go()

    monkeypatch.setattr(state, "teaches", lambda: True)
    monkeypatch.setattr(state, "owners", lambda: ())
    with monkeypatch.context() as patched:
        patched.setattr(services.runner(), "active_runs", lambda: (run,))
        patched.setattr(services.runner(), "control", control)
        teaching.pause_all()
    assert told == ["pause", "resume"]


def test_with_a_run_that_has_just_ended_its_sweep_is_stopped_all_the_same(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = "p" * 22
    open_page("class.py", owner=TEACHER)
    open_page("mnist/train.py", owner=owner)
    ended(owner, "over")
    stopped: list[str] = []

    def of_a_sweep(run: Run) -> bool:
        stopped.append(run.id)
        return len(stopped) == 1

    monkeypatch.setattr(state, "teaches", lambda: True)
    monkeypatch.setattr(state, "owners", lambda: ())
    monkeypatch.setattr(services.feeder(), "stop_sweep_of", of_a_sweep)
    teaching.stop("over")
    with pytest.raises(EndedError):
        teaching.stop("over")
    assert stopped == ["over", "over"]


def test_whoever_teaches_too_may_train_while_all_pause(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another browser at the machine."""
    too = "t" * 22
    monkeypatch.setattr(state, "at_the_machine", lambda: st.session_state["owner"] in (TEACHER, too))
    teacher = open_page("class.py", owner=TEACHER)
    second = open_page("mnist/train.py", owner=too)
    second.click("mnist_train__start")
    (run,) = services.runner().active_runs()
    wait_until(lambda: status(run.id) == "running", "it trains")
    teacher.run().click("class__pause")
    wait_until(lambda: status(run.id) == "paused", "it is paused with all others")
    second.run().click("mnist_train__pause")
    wait_until(lambda: status(run.id) == "running", "it goes on")
    asked: list[Any] = []
    with monkeypatch.context() as heard:
        heard.setattr(services.runner(), "control", lambda *about: asked.append(about))
        teacher.run()
    assert asked == []
    second.run().click("mnist_train__stop")
    wait_until(lambda: status(run.id) == "stopped", "it is stopped")


def test_whoever_stays_on_a_page_comes_into_the_next_room_too(
    lab: services.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleared and opened again between two looks."""
    drawn: list[str] = []
    monkeypatch.setattr(messages, "redraw", lambda: drawn.append("anew"))
    monkeypatch.setattr(state, "owner", lambda: "w" * 22)
    lab.room.open()
    asked = classroom._asked()
    classroom._now(path.STOPS[0], asked)
    assert drawn == []
    lab.room.clear()
    lab.room.open()
    classroom._now(path.STOPS[0], asked)
    assert drawn == ["anew"]


def test_a_run_that_waits_while_all_pause_says_so(open_page: Callable[..., Any]) -> None:
    open_page("class.py", owner=TEACHER)
    open_page("home.py", owner="v" * 22)
    run = Run("waits", "v" * 22, "mnist", "r", {}, "queued")
    assert status_sentence(run).startswith("Starting: ")
    services.room().pause()
    assert status_sentence(run) == "Waiting: your teacher has paused all trainings."


@pytest.mark.usefixtures("twice")
def test_a_second_press_undoes_nothing(open_page: Callable[..., Any]) -> None:
    teacher = open_page("class.py", owner=TEACHER)
    teacher.click("class__pause")
    assert services.room().paused
    teacher.run().click("class__go_on")
    assert not services.room().paused
    teacher.set("class", show="Lesson plan").click("class__begin_plan_45")
    teacher.run().click("class__plan_next")
    running = services.room().plan
    assert running is not None
    assert running.place == 1


def test_the_class_measures_its_noise_floor(open_page: Callable[..., Any]) -> None:
    teacher = open_page("class.py", owner=TEACHER).set("class", show="Class experiment")
    teacher.click("class__hand_out")
    experiment = services.room().experiment
    assert experiment is not None
    assert "No run has finished yet" in teacher.words

    def finish(name: str, student: int, seed: int, correct: int, **more: float) -> None:
        owner = f"student-{student:014}"
        config = experiment.seeded(seed).model_dump()
        at = experiment.since + 1 + student
        run = Run(name, owner, "mnist", "e", config, "finished", created=at)
        services.store().create(run)
        services.store().update(run)
        series = {"test_correct": correct, "test_total": 10_000, **more}
        services.store().record(run.id, [Metric(n, 1, 1, 1.0, v) for n, v in series.items()], [])

    for number in range(4):
        open_page("home.py", owner=f"student-{number:014}")
        finish(
            f"e{number}", number, number + 1, 9_750 + 10 * number, **({"set_lr": 1.0} if number == 3 else {})
        )
    finish("of a sweep", 0, seed=2, correct=9_000)
    teacher.run()
    assert "3 finished, 0 under way, 1 moved by hand and not counted" in teacher.words
    student = open_page("home.py", owner=f"student-{3:014}")
    assert "A knob of yours was moved: it does not count. Your seed is 4." in student.words
    assert "Mean 97.60 % from 3 seeds, 0.20 points" in teacher.words
    assert "Few runs yet: from 3" in teacher.words
    (columns,) = teacher.charts()
    assert "Student" not in str(columns), "nameless"
    assert sorted(next(c for c in columns.values() if c[0] == 97.5)) == [97.5, 97.6, 97.7]
    teacher.click("class__end")
    assert services.room().experiment is None


def test_a_student_runs_it_with_their_own_seed_once(open_page: Callable[..., Any]) -> None:
    open_page("class.py", owner=TEACHER).set("class", show="Class experiment").click("class__hand_out")
    student = open_page("home.py", owner="r" * 22)
    student.click("lab__room_run")
    run = at_work.begun_by("r" * 22)
    assert (run.owner, run.config["seed"], run.config["epochs"]) == ("r" * 22, 1, 1)
    assert "lab__room_run" not in {button.key for button in student.at.button}


def test_who_has_gone_is_folded_and_can_be_looked_at(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "here", lambda student: False)  # AppTest keeps every page open
    teacher = open_page("class.py", owner=TEACHER)
    open_page("home.py", owner="s" * 22)
    later = services.room().clock() + 2 * GONE_SECONDS
    services.room().clock = lambda: later
    open_page("home.py", owner="t" * 22)
    ((row,),) = teacher.run().tables()
    assert row["Name"] == "Student 2"
    toggle = next(t for t in teacher.at.toggle if t.key == "class__gone")
    assert toggle.label == "Show 1 student not seen for 5 minutes"
    toggle.set_value(True).run()
    assert [row["Name"] for row in teacher.tables()[0]] == ["Student 1", "Student 2"]
    open_page("home.py", owner="s" * 22)
    assert "class__gone" not in {t.key for t in teacher.run().at.toggle}


def test_whoever_is_picked_stays_so_when_others_go_and_come(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "here", lambda student: False)  # AppTest keeps every page open
    teacher = open_page("class.py", owner=TEACHER)
    for letter in "stu":
        open_page("home.py", owner=letter * 22)
    assert "**Student 2** · " in pick(teacher.run(), 1).words
    later = services.room().clock() + 2 * GONE_SECONDS
    services.room().clock = lambda: later
    for letter in "tu":
        open_page("home.py", owner=letter * 22)
    teacher.run()
    assert [row["Name"] for row in teacher.tables()[0]] == ["Student 2", "Student 3"]
    assert "**Student 2** · " in teacher.words
    open_page("home.py", owner="s" * 22)
    assert "**Student 2** · " in teacher.run().run().words
    assert "**Student 3** · " in pick(teacher, 2).words


def test_a_long_name_is_cut_and_that_is_said(open_page: Callable[..., Any]) -> None:
    open_page("class.py", owner=TEACHER)
    student = open_page("home.py", owner="ada" * 7)
    student.at.text_input(key="lab__room_name").set_value("Maximiliane Josephine Wilhelmine").run()
    said = [caption.value for caption in student.at.sidebar.caption]
    assert any("20 letters at most" in each for each in said)
    student.at.text_input(key="lab__room_name").set_value("Maxi").run()
    assert not any("letters at most" in caption.value for caption in student.at.sidebar.caption)


def test_it_opens_on_how_one_gets_in_until_somebody_has(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "address", lambda: "http://192.168.1.5:8502")
    first = joining.Door("http://192.168.1.5:8502", "Wi-Fi (wlan0)", 0)
    other = joining.Door("http://10.8.0.6:8502", "a VPN, in which a class seldom is (tun0)", 1)
    monkeypatch.setattr(joining, "doors", lambda: [first, other])
    monkeypatch.setattr(joining, "moved", lambda: "")
    page = open_page("class.py", owner=TEACHER)
    assert "No other device has reached this address yet" in page.words
    assert "in the same network as this computer, Wi-Fi (wlan0), and not on" in page.words
    assert (
        "http://10.8.0.6:8502 · a VPN, in which a class seldom is (tun0), 1 other device so far" in page.words
    )
    assert "http://192.168.1.5:8502" in page.at.get("html")[-1].proto.body
    doubtful = replace(other, devices=0, likely=False)
    monkeypatch.setattr(joining, "doors", lambda: [doubtful])
    assert "Phones can hardly get in here: this is a VPN, in which a class seldom is" in page.run().words
    monkeypatch.setattr(joining, "doors", lambda: [replace(first, devices=28)])
    assert "28 other devices reached it so far" in page.run().words
    assert "If phones cannot" not in page.words
    monkeypatch.setattr(joining, "moved", lambda: "192.168.1.9")
    assert any("has changed since the start: it is 192.168.1.9" in said for said in page.run().sentences)
    open_page("home.py", owner="s" * 22)
    assert open_page("class.py", owner=TEACHER).metric() == "1"


def test_a_lab_for_this_computer_alone_says_how_a_room_gets_in(open_page: Callable[..., Any]) -> None:
    page = open_page("class.py", owner=TEACHER)
    assert "python -m dlcore class" in page.words
    assert "python -m dlcore class" in page.set("class", show="Joining").words


def test_the_teacher_reads_of_a_students_run_as_an_onlooker(open_page: Callable[..., Any]) -> None:
    teacher = open_page("class.py", owner=TEACHER)
    owner = "n" * 22
    open_page("home.py", owner=owner)
    pick(teacher.run(), 0)
    assert "**Student 1** · no run yet" in teacher.words
    assert [*teacher.tables()[0][0]] == [
        *("Name", "Status", "Test, %"),
        *("Here", "Runs", "Newest run", "Loss", "Page"),
    ]
    ended(owner, "one-run")
    teacher.run()
    assert "**Student 1** · 1 run\n" in teacher.words
    ended(owner, "another")
    assert "**Student 1** · 2 runs, the newest first\n" in teacher.run().words
    run = Run("waits", owner, "mnist", "r", {}, "queued", queue_position=3)
    assert status_sentence(run) == "Waiting: 2 runs ahead of yours."
    assert status_sentence(run, onlooker=True) == "Waiting: 2 runs ahead of it."
    services.room().pause()
    assert status_sentence(run, onlooker=True) == "Waiting: the teacher has paused all trainings."
