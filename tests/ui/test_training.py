"""What a training page offers for a run: no cure that a link forbids, no move that the run will not take."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from dlcore.classroom.assignment import Assignment
from dlcore.diagnosis import Diagnosis
from dlcore.run import Run, new_run
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS
from ui import assignments, state, ways_on
from ui.training import TrainingPage

PAGE = TrainingPage("mnist_train", "mnist", TrainConfig, PRESETS, own="called")
RUN = replace(new_run("anna", "mnist", TrainConfig(), name="class-1", status="diverged"), epoch=2)
SLOWER = Diagnosis("It broke.", "Again with learning rate 0.01", {"lr": 0.01})
LONGER = Diagnosis("Too short.", "Train 3 epochs more", more_epochs=3)


class Shown:
    """What is written, and the buttons there are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.words: list[str] = []
        self.buttons: list[str] = []
        monkeypatch.setattr(st, "session_state", {"mnist_train__hand_out_knobs": {"lr": "Learning rate"}})
        for box in ("error", "warning", "markdown"):
            monkeypatch.setattr(st, box, lambda words, **_: self.words.append(words))
        monkeypatch.setattr(st, "button", lambda words, **_: self.buttons.append(words))
        monkeypatch.setattr(state, "mine", lambda run: run.owner == "anna")
        monkeypatch.setattr(ways_on, "resumable", lambda checkpoints: True)
        monkeypatch.setattr(assignments, "of", lambda page: self.held)
        self.held: Assignment | None = None


@pytest.mark.parametrize(
    ("found", "fixed", "offered"),
    [
        (SLOWER, {}, True),
        (SLOWER, {"lr": 0.5}, False),
        (SLOWER, {"lr": 0.01, "optimizer": "sgd"}, True),
        (LONGER, {"lr": 0.5}, True),
        (LONGER, {"epochs": 2}, False),
    ],
)
def test_a_cure_that_a_link_forbids_is_no_button(
    monkeypatch: pytest.MonkeyPatch, found: Diagnosis, fixed: dict[str, Any], offered: bool
) -> None:
    shown = Shown(monkeypatch)
    shown.held = Assignment(by="signed", fixed=fixed)
    ways_on.show_diagnosis(PAGE, RUN, found)
    assert shown.buttons == ([found.cure_words] if offered else [])
    knob = "epochs" if found.more_epochs else "learning rate"
    why = f":material/lock: Your teacher has set the {knob} otherwise than its cure needs"
    assert any(words.startswith(why) for words in shown.words) is not offered


def test_more_epochs_are_not_offered_where_a_link_has_set_them(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, finished = Shown(monkeypatch), replace(RUN, status="finished")
    monkeypatch.setattr(st, "container", lambda **_: nullcontext())
    monkeypatch.setattr(st, "number_input", lambda *_, **__: 1)
    ways_on.offer_to_go_on(PAGE, finished)
    assert shown.buttons.pop() == "Train 1 more"
    shown.held = Assignment(by="signed", fixed={"epochs": 2})
    ways_on.offer_to_go_on(PAGE, finished)
    assert not shown.buttons
    ways_on.offer_to_go_on(PAGE, replace(finished, status="stopped"))
    assert shown.buttons, "to the end that was set"


@pytest.mark.parametrize(
    ("run", "takes"),
    [
        (replace(RUN, status="running"), True),
        (replace(RUN, status="paused"), True),
        (replace(RUN, status="queued"), False),
        (replace(RUN, status="finished"), False),
        (replace(RUN, status="running", stopping=True), False),
        (replace(RUN, status="running", owner="ben", shared=True), False),
    ],
)
def test_only_ones_own_run_under_way_takes_a_moved_rate(
    monkeypatch: pytest.MonkeyPatch, run: Run, takes: bool
) -> None:
    monkeypatch.setattr(state, "mine", lambda run: run.owner == "anna")
    assert PAGE.takes_moves(run) is takes
