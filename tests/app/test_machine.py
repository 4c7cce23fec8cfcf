"""The page Machine: for whoever holds the class, and what it shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from ui import faults, services, state
from ui.admission import Admission
from ui.path import CLASS, MACHINE

TEACHER = "the teacher"


@pytest.fixture(autouse=True)
def at_the_machine(lab: services.Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "at_the_machine", lambda: st.session_state["owner"] == TEACHER)


def test_the_teacher_sees_the_machine(open_page: Callable[..., Any]) -> None:
    open_page("home.py")
    try:
        raise KeyError("Ada Lovelace")
    except KeyError as error:
        reference = faults.note(error)
    page = open_page("machine.py", owner=TEACHER)
    labels = [metric.label for metric in page.at.metric]
    assert "outside" not in page.words
    assert labels == ["Cores busy", "Memory free", "Disk free", "Training", "Queued", "Processes"]
    assert page.metric() == "–", "that takes two looks"
    assert int(page.metric(5)) >= 1
    ((first, *_),) = page.tables()
    assert first["Longest, s"] >= first["Usual, s"] > 0
    assert reference in page.words
    assert "KeyError in test_machine.py" in page.words
    assert "Ada" not in page.words
    assert " UTC · KeyError" in page.words, "by the clock of the journal"


def test_a_student_finds_a_closed_door_and_no_link(open_page: Callable[..., Any]) -> None:
    page = open_page("machine.py", owner="y" * 22)
    assert [box.key for box in page.at.main.text_input] == ["machine__code"]
    assert not page.at.metric
    assert not page.tables()
    home = open_page("home.py", owner="y" * 22)
    links = {link.label for link in home.at.sidebar.get("page_link")}
    assert links.isdisjoint({MACHINE.title, CLASS.title})
    page.at.text_input(key="machine__code").set_value(services.teachers().spelled)
    next(button for button in page.at.button if button.label == "Open the class").click().run()
    assert page.at.metric
    services.teachers().leave("y" * 22, "")


def test_the_teacher_is_told_who_waits_outside(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Admission()
    monkeypatch.setattr("ui.admission.admission", full)
    for visitor in ("anna", "ben"):
        full.ask(visitor, "10.0.0.1", {}, full=True)
    for path in ("machine.py", "class.py"):
        page = open_page(path, owner=TEACHER)
        assert {metric.label: metric.value for metric in page.at.metric}["Outside"] == "2"
    assert "2 people wait outside" in open_page("machine.py", owner=TEACHER).words
