"""Processes as the lab starts them: there when needed, replaced when they die, gone when the server is."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dlcore.runs import process, tasks
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import MAX_PROCESSES, Task, Tasks
from tests.dlcore.runs.lab import Lab, WaitUntil

ROOT = Path(__file__).parents[3]


def workers(nice: int) -> list[psutil.Process]:
    """The workers of this priority that this process has started and that still live."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.cmdline()[-2:] == ["dlcore.runs.worker", str(nice)]:
                found.append(child)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def writers() -> int:
    return sum(thread.name == "run-writer" for thread in threading.enumerate())


@pytest.fixture
def lab(tmp_path: Path, wait_until: WaitUntil) -> Iterator[Lab]:
    lab = Lab.start(tmp_path, wait_until, max_workers=2)
    yield lab
    lab.close()


def test_runs_have_workers_on_demand_and_the_death_of_one_is_survived(lab: Lab) -> None:
    (first,) = workers(process.NICE)
    wanted = min(19, psutil.Process().nice() + process.NICE)  # a lab may itself stand back behind others
    lab.wait_until(lambda: first.nice() == wanted, "pages come first")
    if (order := Path(f"/proc/{first.pid}/oom_score_adj")).exists():
        assert int(order.read_text()) > int(Path("/proc/self/oom_score_adj").read_text()), "pages end last"
    doomed = lab.submit(), lab.submit(owner="ben"), lab.submit()
    assert len(workers(process.NICE)) == 2
    first.kill()
    for run_id in (doomed[0], doomed[2]):
        run = lab.status(run_id, "failed")
        assert run.reason == "The worker process ended unexpectedly (exit code -9): start the run again."
        lab.wait_until(lambda run_id=run_id: lab.stored(run_id).status == "failed", "the store knows")
        assert lab.stored(run_id).reason == run.reason
    assert lab.get(doomed[1]).active
    assert len(workers(process.NICE)) == 2, "one has taken the place of the dead"
    lab.runner.close()
    lab.wait_until(lambda: not workers(process.NICE), "no worker is left")
    lab.wait_until(lambda: not writers(), "its writer has ended")


def test_tasks_have_processes_before_anybody_asks_and_the_death_of_one_is_survived(
    wait_until: WaitUntil,
) -> None:
    here = Tasks()

    def get(task_id: str) -> Task:
        task = here.get(task_id)
        assert task is not None
        return task

    try:
        here.prepare("surface")
        ready = workers(tasks.NICE)
        assert len(ready) == MAX_PROCESSES
        payload = {"checkpoint": shipped_run("mnist").checkpoints[-1]}
        ids = [here.submit("evaluate", payload, key=f"{n}", session="one") for n in range(MAX_PROCESSES)]
        ready[0].kill()
        wait_until(lambda: "failed" in {get(task_id).status for task_id in ids}, "it is known")
        (dead,) = [get(task_id) for task_id in ids if get(task_id).status == "failed"]
        assert dead.reason == "The task's process ended unexpectedly (exit code -9): ask for it again."
        wait_until(lambda: len(workers(tasks.NICE)) == MAX_PROCESSES, "another one is ready")
        assert ready[1] in workers(tasks.NICE)
    finally:
        here.close()
    wait_until(lambda: not workers(tasks.NICE), "no process is left")


PARENT = """
import json, sys, threading
from pathlib import Path
import psutil
from dlcore.runs.pool import LocalPool
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig

runner = Runner(Store(Path(sys.argv[1])), pool=LocalPool(nice=0), max_workers=1)
config = TrainConfig(train_size=20_000, val_size=0, epochs=100, batch_size=40)
run_id = runner.submit("anna", "mnist", config, name="x")
while not (runner.get(run_id) and runner.get(run_id).step):
    threading.Event().wait(0.05)
print(json.dumps([run_id, [child.pid for child in psutil.Process().children()]]), flush=True)
threading.Event().wait()
"""


def test_a_killed_server_leaves_no_orphan_and_its_run_is_found_interrupted(
    tmp_path: Path, wait_until: WaitUntil, python_environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=python_environment,
    ) as parent:
        assert parent.stdout is not None
        run_id, pids = json.loads(parent.stdout.readline())
        assert pids
        assert not any(map(gone, pids))
        parent.kill()
    wait_until(lambda: all(map(gone, pids)), "the workers end with their server")
    store = Store(tmp_path)  # with weights that were just being noted, it is interrupted by this alone
    store.interrupt_lost_runs()
    run = store.get(run_id)
    assert run is not None
    assert run.status == "interrupted"
    store.close()
