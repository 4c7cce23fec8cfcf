"""Ranks inside a task: what it says to a payload it cannot use, and that none is left of a killed worker."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from dlcore.errors import ConfigError
from dlcore.runs.jobs.distributed import RanksJob
from dlcore.runs.kinds import TASK_KINDS, make_job
from dlcore.runs.pool import LocalPool
from dlcore.runs.protocol import Submission
from dlcore.runs.tasks import Tasks
from tests.ranks import gone, ranks_below
from tests.waiting import wait_until


def job(*configs: dict[str, Any]) -> RanksJob:
    made = make_job(Submission("id", "", "ranks", {"configs": configs}, Path(), threads=1))
    assert isinstance(made, RanksJob)
    return made


def test_bounds_are_said() -> None:
    with pytest.raises(ConfigError, match="Ranks must be a whole number from 1 to 4"):
        job({"ranks": 64})
    with pytest.raises(ConfigError, match=r"Trainings must be from 1 to 4. Got 5 instead."):
        job(*[{}] * 5)
    with pytest.raises(ConfigError, match=r"Trainings must be from 1 to 4. Got 0 instead."):
        job()


@pytest.mark.parametrize("how", ["cancelled", "killed", "closed"])
def test_no_rank_is_left_of_a_task(how: str) -> None:
    assert TASK_KINDS["ranks"].alone
    tasks = Tasks(LocalPool(nice=0))  # on a busy machine who steps back gets next to nothing
    try:
        endless = {"ranks": 2, "batch": 8, "images": 60_000}
        task = tasks.submit("ranks", {"configs": [endless]}, key="", session="s")
        wait_until(lambda: len(ranks_below(psutil.Process())) == 2, "two ranks are at work", every=0.2)
        ranks = ranks_below(psutil.Process())
        match how:
            case "cancelled":
                tasks.cancel(task)
            case "killed":
                ranks[0].parent().send_signal(signal.SIGKILL)  # type: ignore[union-attr]
            case "closed":
                tasks.close()
        wait_until(lambda: all(map(gone, ranks)), "no rank is left", every=0.2)
    finally:
        tasks.close()
