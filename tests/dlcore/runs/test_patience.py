"""Who owes an answer and gives none is ended: its place is needed, and so is the end of its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from dlcore.runs.patience import BEATS, Patience
from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import Cancel, Control, Hold, Report, Steer, Submission
from tests.dlcore.runs.fakes import Clock, Timer
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forked, Forks
from tests.waiting import DEADLINE_SECONDS

STOP = Steer("a", Control("stop"))
ANSWERS = """
import pickle, sys
sys.path.insert(0, sys.argv[1])
from dlcore.runs.protocol import Report
while True:
    try:
        message = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    pickle.dump(Report(message.id), sys.stdout.buffer)
    sys.stdout.buffer.flush()
"""


def quick(nice: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", ANSWERS, str(Path(__file__).parents[3])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


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
def test_who_is_silent_for_long_is_ended_once(message: Steer | Cancel) -> None:
    asked = Asked()
    asked.patience.asks(message)
    for _ in range(BEATS - 1):
        asked.timer.ring()
        asked.patience.asks(message)  # impatience changes nothing
    assert asked.killed == 0
    asked.timer.ring()
    assert asked.killed == 1
    assert not asked.waited_for


def test_who_says_anything_is_left_alone() -> None:
    asked = Asked()
    for _ in range(2):
        asked.patience.asks(STOP)
        for _ in range(BEATS - 1):
            asked.timer.ring()
        asked.patience.hears()
        asked.patience.listens()
        assert not asked.waited_for
    assert asked.killed == 0


def test_while_nobody_listens_nobody_is_silent() -> None:
    """The last word is still being written down: a disk may take its time."""
    asked = Asked()
    asked.patience.hears()
    asked.patience.asks(STOP)
    for _ in range(3 * BEATS):
        asked.timer.ring()
    assert asked.killed == 0
    asked.patience.listens()
    for _ in range(BEATS):
        asked.timer.ring()
    assert asked.killed == 1


def test_a_beat_that_comes_too_late_counts_for_nothing() -> None:
    """It was under way when the answer came, and the next question was asked."""
    beats: list[Callable[[], None]] = []

    class Kept:
        def cancel(self) -> None:
            """It has rung already."""

    def keep(seconds: float, what: Callable[[], None]) -> Kept:
        beats.append(what)
        return Kept()

    killed: list[str] = []
    patience = Patience(lambda: killed.append("it"), keep)
    patience.asks(STOP)
    (late,) = beats
    patience.hears()
    patience.listens()
    patience.asks(STOP)
    late()
    assert len(beats) == 2, "one waits for the second answer, and none beside it"
    for turn in range(1, BEATS + 1):
        assert not killed
        beats[turn]()
    assert killed == ["it"]


def test_an_answer_may_come_before_the_question_is_out_of_hand(wait_until: WaitUntil) -> None:
    """A child that waits answers within a millisecond."""
    timer, said = Timer(Clock()), list[Report]()
    worker = WorkerProcess(said.append, lambda worker, how: None, launch=quick, timer=timer)
    for number in range(1, 20):
        worker.send(STOP)
        wait_until(lambda number=number: len(said) == number, "it has answered")
        wait_until(lambda: not timer.rings, "nothing is owed")
    worker.close()
    worker.join(DEADLINE_SECONDS)


@pytest.mark.parametrize(
    "message", [Submission("a", "anna", "mnist", {}, Path(), 1), Steer("a", Control("set")), Hold("a", True)]
)
def test_what_is_not_answered_is_not_waited_for(message: Submission | Steer | Hold) -> None:
    asked = Asked()
    asked.patience.asks(message)
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


def test_who_asks_for_what_has_just_ended_is_answered(forks: Forks, wait_until: WaitUntil) -> None:
    said = list[Report]()

    def launch(nice: int) -> Forked:
        return Forked(forks.path)

    worker = WorkerProcess(said.append, lambda worker, how: None, launch=launch)  # type: ignore[arg-type]
    worker.send(Cancel("gone"))
    worker.send(STOP)
    wait_until(lambda: said == [Report("gone"), Report("a")], "both are answered")
    worker.close()


def test_a_silent_run_stops_and_another_gets_its_place(
    tmp_path: Path, forks: Forks, wait_until: WaitUntil
) -> None:
    """From the click to its end, with a real process."""
    timer, pool = Timer(Clock()), forks.pool()
    pool._start = partial(WorkerProcess, launch=pool._launch, timer=timer)
    lab = Lab.start(tmp_path, wait_until, pool, max_workers=1)
    stuck = lab.submit()
    wait_until(lambda: lab.get(stuck).step, "it trains")
    os.kill(next(child.pid for child in pool.processes if not child.ended), signal.SIGSTOP)
    lab.control(stuck, "stop")
    while timer.rings:
        timer.ring()
    wait_until(lambda: lab.get(stuck).status == "stopped", "it has stopped")
    assert lab.get(stuck).reason.startswith("Its process was ended before it had stopped")
    next_one = lab.submit(owner="bert")
    wait_until(lambda: lab.get(next_one).step, "the next one trains")
    lab.close()
