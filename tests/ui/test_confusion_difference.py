"""Two runs measured for their confusion: a measurement that failed is waited for no more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from dlcore.run import Checkpoint, new_run
from dlcore.runs.tasks import Task
from dlcore.training.config import TrainConfig
from ui import work
from ui.lenses import mnist
from ui.views import confusion_difference
from ui.work import Asked

RUN = replace(
    new_run("anna", "mnist", TrainConfig(), name="class-1", status="finished"),
    checkpoints=(Checkpoint(Path("weights"), "", 1, 10),),
)
OTHER = replace(RUN, id="other", name="class-2")


class Opened(AbstractContextManager[None]):
    open = True

    def __exit__(self, *_: object) -> None:
        pass


def test_a_measurement_that_failed_is_said_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    works: list[Task] = []
    failed: list[tuple[str, str]] = []
    followed: list[Callable[[], bool]] = []

    def wait(page: str, asked: Asked[Any], said: str, *, again: str) -> None:
        failed.append((asked.reason, again))

    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "expander", lambda *_, **__: Opened())
    monkeypatch.setattr(st, "caption", lambda words: None)
    monkeypatch.setattr(work, "wait", wait)
    monkeypatch.setattr(work, "follow", lambda draw, active: followed.append(draw))
    monkeypatch.setattr(mnist, "evaluation", lambda checkpoint: Asked(task=works[0]))
    works[:] = [Task("one", "evaluate", "running")]
    confusion_difference.show([RUN, OTHER])
    assert not failed
    (goes_on,) = followed
    assert goes_on()
    works[:] = [Task("one", "evaluate", "failed", "Its process was ended.")]
    assert not goes_on()
    confusion_difference.show([RUN, OTHER])
    assert failed == [("Its process was ended.", "difference_again")]
    assert len(followed) == 1


@pytest.mark.parametrize("status", ["finished", "stopped"])
def test_it_says_what_it_compares_and_of_which_run_the_table_has_nothing(
    monkeypatch: pytest.MonkeyPatch, status: Any
) -> None:
    said: list[str] = []
    figure = SimpleNamespace(confusion=None, correct=9, total=10)
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "expander", lambda *_, **__: Opened())
    monkeypatch.setattr(st, "caption", said.append)
    monkeypatch.setattr(mnist, "evaluation", lambda checkpoint: Asked(figure))
    monkeypatch.setattr(confusion_difference, "confusion_difference_figure", lambda *_: None)
    monkeypatch.setattr(confusion_difference.live, "show_figure", lambda *_: None)
    change = SimpleNamespace(within_chance=True, learned=1, forgot=2)
    monkeypatch.setattr(confusion_difference, "turned", lambda a, b: change)
    confusion_difference.show([RUN, replace(OTHER, status=status)])
    (words,) = said
    assert words.startswith(confusion_difference.COMPARED)
    assert (confusion_difference.UNFINISHED in words) is (status == "stopped")
