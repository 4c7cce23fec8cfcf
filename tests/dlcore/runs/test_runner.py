"""Runs in worker processes: exact and steerable."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from dlcore.data import Splits
from dlcore.events import Progress
from dlcore.run import Run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from tests.dlcore.runs.lab import LONG, Lab, WaitUntil
from tests.forks import ForkedPool, Forks

TINY = TrainConfig(
    train_size=200, val_size=100, epochs=2, batch_size=40, dropout=0.3, augment=True, device="cpu"
)


@pytest.fixture(scope="module")
def pool(forks: Forks) -> ForkedPool:
    return forks.pool()


@pytest.fixture(scope="module")
def lab(pool: ForkedPool, tmp_path_factory: pytest.TempPathFactory, wait_until: WaitUntil) -> Iterator[Lab]:
    """One runner with one worker, shared by the tests that leave it as they found it."""
    lab = Lab.start(tmp_path_factory.mktemp("runner"), wait_until, pool, max_workers=1)
    yield lab
    lab.close()


@pytest.fixture(autouse=True)
def _nothing_goes_on(lab: Lab) -> Iterator[None]:
    yield
    lab.stop(*(run.id for run in lab.runner.active_runs()))


@pytest.fixture(scope="module")
def alone(small_splits: Callable[..., Splits]) -> tuple[list[float], dict[str, torch.Tensor]]:
    """TINY in this process: its losses and its final weights."""
    state = start(TINY)
    events = list(train(state, small_splits(200, 100, 10)))
    return [e.loss for e in events if isinstance(e, Progress)], state.model.state_dict()


def losses(run: Run) -> list[float]:
    return [point.value for point in run.series["train_loss"]]


# --- A run ----------------------------------------------------------------------------------------


def test_a_run_finishes_and_is_the_run_of_this_process_bit_for_bit(
    lab: Lab, alone: tuple[list[float], dict[str, torch.Tensor]]
) -> None:
    run_id = lab.submit(TINY)
    lab.until(run_id, lambda run: run.status == "finished", "it finishes")
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", "its end is in the store")
    run = lab.stored(run_id)
    assert losses(run) == alone[0]
    assert {name: len(points) for name, points in run.series.items()} == {
        **dict.fromkeys(("train_loss", "train_accuracy", "lr"), 10),
        **dict.fromkeys(("epoch_loss", "epoch_accuracy"), 2),
        **dict.fromkeys(("val_loss", "val_accuracy", "val_correct", "val_total"), 2),
        **dict.fromkeys(("test_loss", "test_accuracy", "test_correct", "test_total"), 1),
    }
    assert run.config == TINY.model_dump()
    assert (run.owner, run.kind, run.name, run.device) == ("anna", "mnist", "a run", "cpu")
    assert (run.step, run.total_steps, run.epoch, run.threads, run.reason) == (10, 10, 2, 1, "")
    assert run.seconds > 0
    assert [len(row) for row in run.watched] == [10] * 12
    assert [(c.epoch, c.step) for c in run.checkpoints] == [(0, 0), (1, 5), (2, 10)]
    model, config = load_model(run.checkpoints[-1])
    assert config == TINY
    assert all(torch.equal(alone[1][name], value) for name, value in model.state_dict().items())


def test_the_store_and_the_memory_tell_the_same(lab: Lab) -> None:
    run_id = lab.submit()
    lab.started(run_id)
    lab.control(run_id, "pause")
    in_memory = lab.status(run_id, "paused")
    lab.wait_until(lambda: lab.stored(run_id).status == "paused", "the pause is in the store")
    stored = lab.stored(run_id)
    assert stored.series == in_memory.series
    assert stored.checkpoints == in_memory.checkpoints
    assert (stored.step, stored.epoch, stored.seconds) == (in_memory.step, in_memory.epoch, in_memory.seconds)


def test_two_owners_runs_go_on_at_once_and_do_not_touch_each_other(
    lab: Lab, alone: tuple[list[float], dict[str, torch.Tensor]]
) -> None:
    long = lab.submit(LONG.replace(dropout=0.5, augment=True))
    lab.started(long)
    before = lab.get(long).step
    tiny = lab.submit(TINY, owner="ben")
    run = lab.until(tiny, lambda run: not run.active, "the newcomer ends")
    assert run.status == "finished"
    assert losses(run) == alone[0]
    assert lab.get(long).status == "running"
    assert lab.get(long).step > before
    assert lab.get(long).sharing == 1


# --- Controls -------------------------------------------------------------------------------------


def test_pause_step_resume_stop(lab: Lab) -> None:
    run_id = lab.submit()
    lab.started(run_id)
    lab.control(run_id, "pause")
    paused = lab.status(run_id, "paused")
    for n in (1, 2):  # a step is one report: had the run gone on meanwhile, there would be more
        lab.control(run_id, "step")
        lab.until(run_id, lambda run, n=n: len(losses(run)) >= len(losses(paused)) + n, "it takes a step")
        stepped = lab.status(run_id, "paused")
        assert len(losses(stepped)) == len(losses(paused)) + n
        assert stepped.step == paused.step + n
    lab.control(run_id, "resume")
    lab.until(run_id, lambda run: len(losses(run)) > len(losses(paused)) + 4, "it goes on")
    lab.control(run_id, "stop")
    stopped = lab.status(run_id, "stopped")
    assert stopped.checkpoints[-1].step == stopped.step
    load_model(stopped.checkpoints[-1])


def test_a_paused_run_can_be_stopped(lab: Lab) -> None:
    run_id = lab.submit()
    lab.started(run_id)
    lab.control(run_id, "pause")
    lab.status(run_id, "paused")
    lab.stop(run_id)


def test_the_learning_rate_can_be_set(lab: Lab) -> None:
    run_id = lab.submit()
    lab.started(run_id)
    lab.control(run_id, "set", "lr", 0.0001)
    run = lab.until(run_id, lambda run: run.last("set_lr"), "the change is told")
    (change,) = run.series["set_lr"]
    run = lab.until(run_id, lambda run: run.step > change.step + 20, "it goes on")
    assert change.value == 0.0001
    assert all(point.value == (0.0001 if point.step > change.step else 0.002) for point in run.series["lr"])


@pytest.mark.parametrize(("name", "value"), [("dropout", 0.5), ("augment", 1.0), ("weight_decay", 0.1)])
def test_other_knobs_can_be_moved_too(lab: Lab, name: str, value: float) -> None:
    run_id = lab.submit()
    lab.started(run_id)
    lab.control(run_id, "set", name, value)
    run = lab.until(run_id, lambda run: run.last(f"set_{name}"), "the change is told")
    assert run.last(f"set_{name}").value == value
    assert run.reason == ""


@pytest.mark.parametrize(
    ("control", "sentence"),
    [
        (("set", "lr", 99.0), "Learning rate must be a number from 0.000001 to 10. Got 99.0 instead."),
        (
            ("set", "epochs", 3.0),
            "While this run goes on, epochs changes nothing in it: move lr, weight decay, dropout, augment.",
        ),
        (
            ("set", "momentum", 0.5),
            "While this run goes on, momentum changes nothing in it: move lr, weight decay, dropout, "
            "augment.",
        ),
        (("set", "dropout", 2.0), "Dropout must be a number from 0 to 0.9. Got 2.0 instead."),
    ],
)
def test_a_control_that_makes_no_sense_is_refused_with_a_sentence(
    lab: Lab, control: tuple[object, ...], sentence: str
) -> None:
    run_id = lab.submit()
    lab.started(run_id)
    lab.control(run_id, *control)
    run = lab.until(run_id, lambda run: run.reason, "the sentence comes")
    assert (run.reason, run.status) == (sentence, "running")


def test_a_config_that_cannot_run_fails_with_its_sentence(lab: Lab) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has cuda")
    run = lab.status(lab.submit(TINY.replace(device="cuda")), "failed")
    assert run.reason.startswith("Device must be one of auto, ")


# --- A worker that dies ---------------------------------------------------------------------------


def test_a_killed_worker_fails_its_runs_and_is_replaced(lab: Lab, pool: ForkedPool) -> None:
    doomed = [lab.submit(), lab.submit(owner="ben")]
    lab.started(*doomed)
    before = len(pool.processes)
    pool.processes[-1].kill()
    for run_id in doomed:
        run = lab.status(run_id, "failed")
        assert run.reason == "The worker process ended unexpectedly (exit code -9): start the run again."
    lab.started(lab.submit())
    assert len(pool.processes) == before + 1
