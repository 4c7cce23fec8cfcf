"""A worker that reads nothing, as one that is suspended, holds nobody else up."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from dlcore.errors import RunError
from dlcore.runs.process import UNREAD, WorkerProcess
from dlcore.runs.protocol import Control, Report, Steer, Submission
from dlcore.runs.timers import start_timer
from tests.dlcore.runs.fakes import Pool
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.waiting import DEADLINE_SECONDS

LARGER_THAN_A_PIPE = {"payload": "x" * 1_000_000}
DEAF = "import threading; threading.Event().wait()"


def child(nice: int, code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


deaf = partial(child, code=DEAF)


def test_whoever_sends_never_waits_for_the_child(wait_until: WaitUntil) -> None:
    ended: list[str] = []
    worker = WorkerProcess(lambda report: None, lambda worker, how: ended.append(how), launch=deaf)
    taken: list[bool] = []

    def click() -> None:
        taken.append(worker.send(Submission("a", "anna", "mnist", LARGER_THAN_A_PIPE, Path(), 1)))
        taken.extend(worker.send(Steer("a", Control("pause"))) for _ in range(2 * UNREAD))
        taken.append(worker.send(Submission("b", "anna", "mnist", {}, Path(), 1)))
        worker.close()

    clicking = threading.Thread(target=click, daemon=True)
    clicking.start()
    wait_until(lambda: not clicking.is_alive(), "all is sent")
    worker.join(0.0)  # it does not end by itself: it is killed
    wait_until(lambda: ended == ["exit code -9"], "its end is told")
    assert (taken[0], taken[1], taken[-2], taken[-1]) == (True, True, False, True)
    assert UNREAD <= sum(taken) <= UNREAD + 3, "clicks are bounded, work is not lost"


def test_where_nobody_can_hear_it_a_child_ends_and_that_is_told(
    wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with what it says: a run must not stand at "running" for good."""
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    ended: list[str] = []

    def refuse(report: Report) -> None:
        raise MemoryError

    speaks = partial(child, code="import pickle, sys; from dlcore.runs.protocol import Report; "
                     "pickle.dump(Report('a'), sys.stdout.buffer); sys.stdout.flush(); " + DEAF)  # fmt: skip
    worker = WorkerProcess(refuse, lambda worker, how: ended.append(how), launch=speaks)
    wait_until(lambda: ended == ["exit code -9"], "its end is told")
    worker.join(DEADLINE_SECONDS)
    assert len(said) == 1


def test_where_no_thread_begins_no_child_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def launch(nice: int) -> subprocess.Popen[bytes]:
        children.append(deaf(nice))
        return children[-1]

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError):
        WorkerProcess(lambda report: None, lambda worker, how: None, launch=launch)
    (child,) = children
    assert child.returncode == -9
    assert start_timer(60.0, lambda: None) is None, "nor does anybody end by a timer"


def test_a_click_on_a_run_that_is_held_up_is_refused_and_others_go_on(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    pool = Pool()
    lab = Lab.start(tmp_path, wait_until, pool, max_workers=2)
    stuck, free = lab.submit(), lab.submit(owner="bert")
    pool.obey()
    pool.worker_of(stuck).full = True
    with pytest.raises(
        RunError, match=r"^The process of this run does not answer at the moment: wait for it"
    ):
        lab.control(stuck, "pause")
    lab.control(free, "pause")
    pool.obey()
    assert lab.get(free).status == "paused"
    lab.close()
