"""Who owes an answer and gives none is ended: its place is needed, and so is the end of its run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from dlcore.runs.patience import BEAT_SECONDS, BEATS, Patience
from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import Cancel, Control, Hold, Report, Steer, Submission
from tests.dlcore.runs.fakes import Clock, Pool, Timer
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forked, Forks

STOP = Steer("a", Control("stop"))


class Asked:
    """A worker that notes whether it was ended, and the timer that rings for it."""

    def __init__(self) -> None:
        self.killed = 0
        self.timer = Timer(Clock())
        self.patience = Patience(self.kill, self.timer)

    def kill(self) -> None:
        self.killed += 1

    @property
    def waited_for(self) -> bool:
        return self.timer.rings


@pytest.mark.parametrize(
    "message", [*(Steer("a", Control(action)) for action in ("pause", "resume", "step", "stop")), Cancel("a")]
)
def test_who_is_silent_for_a_minute_is_ended_once(message: Steer | Cancel) -> None:
    asked = Asked()
    asked.patience.sent(message)
    for _ in range(BEATS - 1):
        asked.timer.ring()
        asked.patience.sent(message)  # impatience changes nothing
    assert asked.killed == 0
    asked.timer.ring()
    assert asked.killed == 1
    assert BEATS * BEAT_SECONDS == 60
    assert not asked.waited_for


def test_who_says_anything_is_left_alone() -> None:
    asked = Asked()
    for _ in range(2):
        asked.patience.sent(STOP)
        for _ in range(BEATS - 1):
            asked.timer.ring()
        asked.patience.heard()
        assert not asked.waited_for
    assert asked.killed == 0


@pytest.mark.parametrize(
    "message", [Submission("a", "anna", "mnist", {}, Path(), 1), Steer("a", Control("set")), Hold("a", True)]
)
def test_what_is_not_answered_is_not_waited_for(message: Submission | Steer | Hold) -> None:
    asked = Asked()
    asked.patience.sent(message)
    assert not asked.waited_for


def test_a_suspended_process_that_is_to_stop_is_ended(
    forks: Forks, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """With a real process, and a real SIGSTOP."""
    timer = Timer(Clock())
    ended, said, children = list[str](), list[Report](), list[Forked]()

    def launch(nice: int) -> Forked:
        children.append(Forked(forks.path))
        return children[-1]

    worker = WorkerProcess(
        said.append,
        lambda worker, how: ended.append(how),
        launch=launch,  # type: ignore[arg-type]
        timer=timer,
    )
    worker.send(Submission("a", "anna", "tug", {}, tmp_path, 1, stepping=Control("step")))
    wait_until(lambda: any(report.status == "paused" for report in said), "it has begun")
    os.kill(children[0].pid, signal.SIGSTOP)
    worker.send(STOP)
    while timer.rings:
        timer.ring()
    wait_until(lambda: ended == ["exit code -9"], "it is ended")


def test_a_service_that_ends_lets_the_lab_end_its_workers(
    forks: Forks, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """SIGTERM reaches all of its processes at once; the runs' weights are still to be kept."""
    ended, said, children = list[str](), list[Report](), list[Forked]()

    def launch(nice: int) -> Forked:
        children.append(Forked(forks.path))
        return children[-1]

    worker = WorkerProcess(said.append, lambda worker, how: ended.append(how), launch=launch)  # type: ignore[arg-type]
    worker.send(Submission("a", "anna", "tug", {}, tmp_path, 1, stepping=Control("step")))
    wait_until(lambda: any(report.status == "paused" for report in said), "it has begun")
    os.kill(children[0].pid, signal.SIGTERM)
    worker.send(STOP)
    wait_until(lambda: any(report.status == "stopped" for report in said), "it still does as it is told")
    worker.close()
    wait_until(lambda: ended == ["exit code 0"], "it ends by itself")


def test_a_run_that_was_to_stop_has_stopped_and_its_place_is_free(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    pool = Pool()
    lab = Lab.start(tmp_path, wait_until, pool, max_workers=1)
    stuck = lab.submit()
    pool.obey()
    lab.control(stuck, "stop")
    pool.worker_of(stuck).kill()
    assert lab.get(stuck).status == "stopped"
    assert "without its last weights (exit code -9)" in lab.get(stuck).reason
    next_one = lab.submit(owner="bert")
    pool.obey()
    assert lab.get(next_one).status == "running"
    lab.close()
