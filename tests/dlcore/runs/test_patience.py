"""Who is silent, or owes an answer, is ended: its place is needed, and so is the end of its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlcore.runs.patience import ANSWER, BEATS, Patience
from dlcore.runs.pool import OnEnd, OnReport
from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import Beat, Cancel, Control, Hold, Report, Steer, Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.tasks import Tasks
from tests.dlcore.runs.fakes import Clock, Timer
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forked, ForkedPool, Forks
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


def timers_of(pool: ForkedPool) -> list[Timer]:
    """From now on each of its processes has a timer, which rings when a test says so; in their order."""
    timers = list[Timer]()

    def start(on_report: OnReport, on_end: OnEnd) -> WorkerProcess:
        timers.append(Timer(Clock()))
        return WorkerProcess(on_report, on_end, launch=pool._launch, timer=timers[-1])

    pool._start = start
    return timers


def ring_out(timer: Timer) -> None:
    while timer.rings:
        timer.ring()


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

    def says(self, word: Beat | Report) -> None:
        self.patience.hears(word)
        self.patience.listens()

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


@pytest.mark.parametrize("word", [Beat(), Report("a")])
def test_who_has_spoken_once_and_falls_silent_is_ended(word: Beat | Report) -> None:
    asked = Asked()
    assert not asked.waited_for, "it may still wait for a place to begin"
    for _ in range(3):
        asked.says(word)
        for _ in range(BEATS - 1):
            asked.timer.ring()
        assert asked.killed == 0
    asked.timer.ring()
    assert asked.killed == 1
    asked.says(word)
    assert not asked.waited_for, "once"


def test_who_answers_is_left_alone() -> None:
    asked = Asked()
    for _ in range(2):
        asked.patience.asks(STOP)
        for _ in range(BEATS - 1):
            asked.timer.ring()
        asked.says(Report("a"))
    assert asked.killed == 0


def test_who_lives_and_does_not_answer_is_ended() -> None:
    asked = Asked()
    asked.patience.asks(STOP)
    for _ in range(BEATS - 1):
        asked.says(Beat())
        asked.timer.ring()
    assert asked.killed == 0
    asked.says(Beat())
    asked.timer.ring()
    assert asked.killed == 1


def test_while_nobody_listens_nobody_is_silent() -> None:
    """The last word is still being written down: a disk may take its time."""
    asked = Asked()
    asked.patience.hears(Report("a"))
    asked.patience.asks(STOP)
    for _ in range(3 * BEATS):
        asked.timer.ring()
    assert asked.killed == 0
    asked.patience.listens()
    for _ in range(BEATS):
        asked.timer.ring()
    assert asked.killed == 1


def test_a_beat_that_comes_after_its_end_counts_for_nothing() -> None:
    """It was under way when the worker ended."""
    asked, beats = Asked(), list[Callable[[], None]]()

    class Kept:
        def cancel(self) -> None:
            """It has rung already."""

    def keep(seconds: float, what: Callable[[], None]) -> Kept:
        beats.append(what)
        return Kept()

    patience = Patience(asked.kill, keep)
    patience.asks(STOP)
    for turn in range(BEATS - 1):
        beats[turn]()
    patience.ends()
    beats[-1]()
    patience.asks(STOP)
    assert (asked.killed, len(beats)) == (0, BEATS)


def test_where_no_timer_began_the_next_word_sets_one() -> None:
    asked, beats = Asked(), list[Callable[[], None]]()
    patience = Patience(asked.kill, lambda seconds, what: beats.append(what))
    patience.hears(Beat())
    patience.hears(Beat())
    assert len(beats) == 2
    assert asked.killed == 0


def test_an_answer_may_come_before_the_question_is_out_of_hand(wait_until: WaitUntil) -> None:
    """A child that waits answers within a millisecond."""
    timer, said = Timer(Clock()), list[Report]()
    worker = WorkerProcess(said.append, lambda worker, how: None, launch=quick, timer=timer)
    for number in range(1, 20):
        worker.send(STOP)
        wait_until(lambda number=number: len(said) == number, "it has answered")
        wait_until(lambda: ANSWER not in worker._patience._waited, "nothing is owed")
    worker.close()
    worker.join(DEADLINE_SECONDS)
    assert not timer.rings, "nor is it waited for after its end"


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
    ring_out(timer)
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


@pytest.fixture
def suspended(tmp_path: Path, forks: Forks, wait_until: WaitUntil) -> Iterator[tuple[Lab, str, Timer]]:
    """A lab with a run that has begun, whose real process then stands still, and the timer of its beats."""
    pool = forks.pool()
    timers = timers_of(pool)
    lab = Lab.start(tmp_path, wait_until, pool, max_workers=1)
    stuck = lab.submit()
    lab.started(stuck)
    os.kill(pool.processes[0].pid, signal.SIGSTOP)
    yield lab, stuck, timers[0]
    lab.close()


def test_a_silent_run_stops_and_another_gets_its_place(
    suspended: tuple[Lab, str, Timer], wait_until: WaitUntil
) -> None:
    """From the click to its end."""
    lab, stuck, timer = suspended
    lab.control(stuck, "stop")
    ring_out(timer)
    wait_until(lambda: lab.get(stuck).status == "stopped", "it has stopped")
    assert lab.get(stuck).reason.startswith("Its process was ended before it had stopped")
    next_one = lab.submit(owner="bert")
    wait_until(lambda: lab.get(next_one).step, "the next one trains")


def test_a_run_whose_worker_is_suspended_ends_without_a_click_and_can_go_on(
    suspended: tuple[Lab, str, Timer], wait_until: WaitUntil
) -> None:
    """As one whose worker was killed."""
    lab, stuck, timer = suspended
    ring_out(timer)
    wait_until(lambda: not lab.get(stuck).active, "it has ended")
    assert lab.get(stuck).reason.startswith("The worker process ended unexpectedly (exit code -9)")
    lab.runner.resume(stuck)
    lab.until(stuck, lambda run: run.status == "running" and run.step, "it goes on")


def test_where_suspended_tasks_hold_all_places_the_next_visitor_gets_one(
    forks: Forks, wait_until: WaitUntil
) -> None:
    """One stands still, and two that hang give way to nobody."""
    pool = forks.pool()
    timers, tasks = timers_of(pool), Tasks(pool)
    pool.keep_ready(3, "evaluate")
    wait_until(lambda: all(timer.rings for timer in timers), "all have said that they live")
    for child in pool.processes:
        os.kill(child.pid, signal.SIGSTOP)
    payload = {"checkpoint": shipped_run("mnist").checkpoints[-1]}
    visitors = ("anna", "anna", "bert", "carl")
    ids = [
        tasks.submit("evaluate", payload, key=f"{number}", session=visitor)
        for number, visitor in enumerate(visitors)
    ]

    def statuses() -> list[str]:
        return [task.status for task in tasks.all()]

    assert statuses() == ["running", "paused", "running", "queued"]
    for timer in timers[:3]:
        ring_out(timer)
    wait_until(lambda: statuses() == ["failed", "failed", "failed", "finished"], "the last one is served")
    for task_id in ids[:3]:
        task = tasks.get(task_id)
        assert task is not None
        assert task.reason == "The task's process ended unexpectedly (exit code -9): ask for it again."
    tasks.close()
