"""A task only works; a run can also be steered and kept. Both compute with the threads they were given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from dlcore.runs.jobs.base import RunJob, TaskJob
from dlcore.runs.kinds import RUN_KINDS, TASK_KINDS, load
from dlcore.runs.protocol import Steerable, Submission


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_a_task_is_neither_steered_nor_kept(kind: str) -> None:
    job = load(TASK_KINDS[kind].job)
    assert issubclass(job, TaskJob)
    assert not issubclass(job, RunJob)
    assert not hasattr(job, "control")
    assert not hasattr(job, "save")


@pytest.mark.parametrize("kind", RUN_KINDS)
def test_a_run_is_steered_and_kept(kind: str, tmp_path: Path) -> None:
    payload = load(RUN_KINDS[kind].config)().model_dump()
    job = load(RUN_KINDS[kind].job)(Submission("id", "anna", kind, payload, tmp_path, 1))
    assert isinstance(job, RunJob)
    assert isinstance(job, Steerable)
    assert (job.step, job.epoch) == (0, 0)


class Idle(TaskJob):
    def events(self) -> Iterator[Any]:
        yield


def test_a_task_computes_with_the_threads_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[int]()
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    Idle(Submission("id", "", "idle", {}, Path(), threads=3))
    assert told == [3]


@pytest.mark.parametrize("kind", RUN_KINDS)
def test_a_run_keeps_its_threads_whatever_another_run_sets(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = load(RUN_KINDS[kind].config)(epochs=1).model_dump()
    events = load(RUN_KINDS[kind].job)(Submission("id", "anna", kind, payload, tmp_path, threads=3)).events()
    told = list[int]()
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    for _ in range(3):
        next(events)
    events.close()
    assert told == [3, 3, 3]
