"""Passing work: the same answer as in this process, shared, dropped when nobody wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from dlcore.errors import RunError
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets import NetName, build_model
from dlcore.run import Checkpoint
from dlcore.runs import tasks as module
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, save_checkpoint
from dlcore.runs.tasks import Task, Tasks
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, evaluate

WaitUntil = Callable[..., None]


def save(folder: Path, net: NetName) -> Checkpoint:
    config = TrainConfig(net=net, normalize="half")
    return save_checkpoint(folder, build_model(net, seed=1).state_dict(), config, epoch=0, step=0)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return save(tmp_path_factory.mktemp("quick"), "FastCNN")


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Its evaluation takes seconds: time enough to drop it."""
    return save(tmp_path_factory.mktemp("slow"), "SimpleCNN")


class Pool:
    """The tasks and the words to speak of them."""

    def __init__(self, tasks: Tasks, wait_until: WaitUntil) -> None:
        self.tasks, self.wait_until = tasks, wait_until

    def submit(self, checkpoint: Checkpoint, key: str, session: str = "one") -> str:
        return self.tasks.submit("evaluate", {"checkpoint": checkpoint}, key=key, session=session)

    def get(self, task_id: str) -> Task:
        task = self.tasks.get(task_id)
        assert task is not None
        return task

    def status(self, task_id: str, status: str) -> Task:
        self.wait_until(lambda: self.get(task_id).status == status, f"{self.get(task_id)} is {status}")
        return self.get(task_id)


@pytest.fixture(scope="module")
def pool(wait_until: WaitUntil) -> Iterator[Pool]:
    tasks = Tasks()
    yield Pool(tasks, wait_until)
    tasks.close()


def processes() -> list[psutil.Process]:
    """The task processes that this process has started and that still live."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.cmdline()[-2:] == ["dlcore.runs.worker", str(module.NICE)]:
                found.append(child)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def test_a_task_gives_what_the_call_in_this_process_gives(pool: Pool, quick: Checkpoint) -> None:
    task = pool.status(pool.submit(quick, "equal"), "finished")
    (result,) = task.events
    model, config = load_model(quick)
    here = evaluate(model, load_test(), NORMALIZE[config.normalize])
    assert isinstance(result, Evaluation)
    assert result.correct == here.correct
    assert np.array_equal(result.labels, here.labels)
    assert np.array_equal(result.predictions, here.predictions)
    np.testing.assert_allclose(result.losses, here.losses, atol=1e-5)
    np.testing.assert_allclose(result.confidences, here.confidences, atol=1e-5)


def test_the_same_work_is_done_once(pool: Pool, quick: Checkpoint) -> None:
    first = pool.submit(quick, "shared", session="one")
    assert pool.submit(quick, "shared", session="two") == first
    assert pool.submit(quick, "another") != first
    finished = pool.status(first, "finished")
    assert pool.submit(quick, "shared", session="three") == first  # nor again once it is done
    assert pool.get(first) == finished


def test_a_cancelled_task_stops_and_can_be_asked_for_again(pool: Pool, slow: Checkpoint) -> None:
    task_id = pool.submit(slow, "cancelled")
    pool.status(task_id, "running")
    pool.tasks.cancel(task_id)
    assert pool.status(task_id, "stopped").events == ()
    pool.tasks.cancel(task_id)
    again = pool.submit(slow, "cancelled")
    assert again != task_id
    pool.tasks.cancel(again)
    pool.status(again, "stopped")


def test_beyond_the_pool_tasks_wait(pool: Pool, slow: Checkpoint, quick: Checkpoint) -> None:
    busy = [pool.submit(slow, f"busy {n}") for n in range(module.MAX_PROCESSES)]
    dropped, waiting = pool.submit(quick, "dropped"), pool.submit(quick, "waiting")
    assert pool.get(dropped).status == "queued"
    pool.tasks.cancel(dropped)
    assert pool.get(dropped).status == "stopped"  # at once: it never was anywhere
    assert len(processes()) <= module.MAX_PROCESSES
    for task_id in busy:
        pool.tasks.cancel(task_id)
    pool.status(waiting, "finished")
    assert pool.get(dropped).events == ()


@pytest.mark.parametrize("sessions", [("other",), ("greedy", "other")])
def test_a_free_process_goes_first_to_whoever_has_none(
    slow: Checkpoint,
    quick: Checkpoint,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
    sessions: tuple[str, ...],
) -> None:
    begun: list[str] = []
    send = module.WorkerProcess.send

    def recorded(process: module.WorkerProcess, message: object) -> None:
        if isinstance(message, Submission):
            begun.append(message.id)
        send(process, message)

    monkeypatch.setattr(module.WorkerProcess, "send", recorded)
    tasks = Tasks()
    pool = Pool(tasks, wait_until)
    running = [pool.submit(slow, f"long {n}", "greedy") for n in range(module.MAX_PROCESSES)]
    third = pool.submit(quick, "third", "greedy")
    (fair,) = {pool.submit(quick, "fair", session) for session in sessions}
    assert [pool.get(task_id).status for task_id in (third, fair)] == ["queued", "queued"]
    tasks.cancel(running[0])
    pool.status(third, "finished")
    assert begun == [*running, fair, third]
    tasks.close()


def test_a_process_with_a_thread_left_behind_is_not_used_again(pool: Pool) -> None:
    checkpoint = shipped_run("black_patch").checkpoints[-1]
    payload = {"checkpoint": checkpoint, "config": {"method": "tsne", "layer": 1}}
    task_id = pool.tasks.submit("embed", payload, key="left behind", session="one")
    process = pool.tasks._held[task_id].process
    assert process is not None
    pool.tasks.cancel(task_id)
    pool.status(task_id, "stopped")
    assert process not in pool.tasks._idle
    pool.wait_until(lambda: process.pid not in {other.pid for other in processes()}, "it ends")


def test_whoever_asks_may_try_again_at_once(pool: Pool, tmp_path: Path) -> None:
    missing = Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0)
    first = pool.submit(missing, "again")
    pool.status(first, "failed")
    assert pool.submit(missing, "again") == first
    pool.tasks.retry(first)
    second = pool.submit(missing, "again")
    assert second != first
    pool.status(second, "failed")


def test_a_task_is_dropped_when_its_last_session_leaves(pool: Pool, slow: Checkpoint) -> None:
    shared = pool.submit(slow, "left", session="one")
    assert pool.submit(slow, "left", session="two") == shared
    pool.status(shared, "running")
    pool.tasks.release("one")
    pool.tasks.release("two")
    pool.status(shared, "stopped")


def test_a_task_goes_on_for_the_session_that_stays(pool: Pool, quick: Checkpoint) -> None:
    shared = pool.submit(quick, "stays", session="one")
    assert pool.submit(quick, "stays", session="two") == shared
    pool.status(shared, "running")
    pool.tasks.release("one")
    pool.tasks.release("a stranger")
    pool.wait_until(lambda: not pool.get(shared).active, "it ends")
    assert pool.get(shared).status == "finished"


def test_a_process_that_dies_fails_its_task_and_no_other(
    pool: Pool, slow: Checkpoint, quick: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed = pool.submit(slow, "doomed")
    pool.status(doomed, "running")
    held = pool.tasks._held[doomed].process
    assert held is not None
    psutil.Process(held.pid).kill()
    task = pool.status(doomed, "failed")
    assert task.reason == "The task's process ended unexpectedly (exit code -9): ask for it again."
    assert pool.submit(slow, "doomed") == doomed  # a page that asks every second does not hammer
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    assert pool.submit(slow, "doomed") != doomed
    pool.tasks.release("one")
    pool.status(pool.submit(quick, "after the death"), "finished")


def test_a_task_that_cannot_be_done_says_why(pool: Pool, tmp_path: Path) -> None:
    missing = Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0)
    task = pool.status(pool.submit(missing, "missing"), "failed")
    assert task.reason.startswith("The checkpoint gone.safetensors cannot be read (No such file")
    assert task.events == ()


def test_there_are_no_other_kinds(pool: Pool) -> None:
    with pytest.raises(
        RunError, match=r"^The kind of a task must be one of .*evaluate.*\. Got 'x' instead\.$"
    ):
        pool.tasks.submit("x", {}, key="x", session="one")


def test_an_unknown_task_is_none_and_cannot_be_cancelled(pool: Pool) -> None:
    assert pool.tasks.get("nobody") is None
    pool.tasks.cancel("nobody")


def test_old_results_are_forgotten_in_time(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    missing = Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0)
    ids = []
    for n in range(4):
        ids.append(pool.submit(missing, f"old {n}"))
        pool.status(ids[-1], "failed")
    ids.append(pool.submit(missing, "old 4"))
    assert [pool.tasks.get(task_id) is None for task_id in ids] == [True, True, False, False, False]
    pool.status(ids[-1], "failed")


def test_idle_processes_retire(pool: Pool, quick: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = pool.submit(quick, "equal")
    pool.status(task_id, "finished")
    before = {process.pid for process in processes()}
    assert before
    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    pool.tasks._retire()
    pool.wait_until(lambda: not before & {process.pid for process in processes()}, "they end")


def test_closing_ends_every_process_and_starts_none(
    slow: Checkpoint, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {process.pid for process in processes()}
    started: list[Any] = []

    class Counted(module.WorkerProcess):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            started.append(self)
            super().__init__(*arguments, **more)

    monkeypatch.setattr(module, "WorkerProcess", Counted)
    tasks = Tasks()
    pool = Pool(tasks, wait_until)
    ids = [pool.submit(slow, f"{n}") for n in range(module.MAX_PROCESSES + 1)]
    pool.status(ids[0], "running")
    tasks.close()
    assert len(started) == module.MAX_PROCESSES
    pool.submit(slow, "too late")
    assert len(started) == module.MAX_PROCESSES
    wait_until(lambda: {process.pid for process in processes()} <= before, "no process is left")


def test_prepared_processes_are_there_before_anybody_asks_and_stay(
    wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {process.pid for process in processes()}
    tasks = Tasks()
    try:
        tasks.prepare("surface")
        ready = {process.pid for process in processes()} - before
        assert len(ready) == module.MAX_PROCESSES
        monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
        tasks._retire()
        assert {process.pid for process in processes()} >= ready
    finally:
        tasks.close()
    wait_until(lambda: not ready & {process.pid for process in processes()}, "they end")
