"""Passing work in processes: the same answer as in this process, and what becomes of work that breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, save_checkpoint
from dlcore.runs.tasks import Task, Tasks
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, evaluate
from tests.dlcore.runs.lab import WaitUntil
from tests.forks import Forks


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    config = TrainConfig(net="FastCNN", normalize="half")
    state = build_model("FastCNN", seed=1).state_dict()
    return save_checkpoint(tmp_path_factory.mktemp("checkpoint"), state, config, epoch=0, step=0)


@pytest.fixture(scope="module")
def tasks(forks: Forks) -> Iterator[Tasks]:
    tasks = Tasks(forks.pool())
    yield tasks
    tasks.close()


def ended(tasks: Tasks, wait_until: WaitUntil, task_id: str) -> Task:
    def now() -> Task:
        task = tasks.get(task_id)
        assert task is not None
        return task

    wait_until(lambda: not now().active, "the task ends")
    return now()


def test_a_task_gives_what_the_call_in_this_process_gives(
    tasks: Tasks, checkpoint: Checkpoint, wait_until: WaitUntil
) -> None:
    task_id = tasks.submit("evaluate", {"checkpoint": checkpoint}, key="equal", session="one")
    (result,) = ended(tasks, wait_until, task_id).events
    model, config = load_model(checkpoint)
    here = evaluate(model, load_test(), NORMALIZE[config.normalize])
    assert isinstance(result, Evaluation)
    assert result.correct == here.correct
    assert np.array_equal(result.labels, here.labels)
    assert np.array_equal(result.predictions, here.predictions)
    np.testing.assert_allclose(result.losses, here.losses, atol=1e-5)
    np.testing.assert_allclose(result.confidences, here.confidences, atol=1e-5)


def test_a_cancelled_task_stops(tasks: Tasks, checkpoint: Checkpoint, wait_until: WaitUntil) -> None:
    task_id = tasks.submit("evaluate", {"checkpoint": checkpoint}, key="cancelled", session="one")
    tasks.cancel(task_id)
    task = ended(tasks, wait_until, task_id)
    assert (task.status, task.events) == ("stopped", ())


def test_a_task_that_cannot_be_done_says_why(tasks: Tasks, tmp_path: Path, wait_until: WaitUntil) -> None:
    missing = Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0)
    task_id = tasks.submit("evaluate", {"checkpoint": missing}, key="missing", session="one")
    task = ended(tasks, wait_until, task_id)
    assert task.reason.startswith("The checkpoint gone.safetensors cannot be read (No such file")
    assert (task.status, task.events) == ("failed", ())


def test_a_thread_left_behind_ends_with_its_process(forks: Forks, wait_until: WaitUntil) -> None:
    pool = forks.pool()
    tasks = Tasks(pool)
    checkpoint = shipped_run("black_patch").checkpoints[-1]
    payload = {"checkpoint": checkpoint, "config": {"method": "tsne", "layer": 1}}
    task_id = tasks.submit("embed", payload, key="left behind", session="one")
    (process,) = pool.processes
    tasks.cancel(task_id)
    assert ended(tasks, wait_until, task_id).status == "stopped"
    wait_until(lambda: process.ended, "its process ends")
    tasks.close()
