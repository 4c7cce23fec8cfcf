"""Runs that ended too early go on, after a new start of the server too, as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import RunError
from dlcore.run import Run
from dlcore.runs.storage.disk import MAX_INTERMEDIATE, RECORD, state_path
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import ForkedPool, Forks

CONFIG = TrainConfig(
    train_size=200, val_size=100, epochs=4, batch_size=10, dropout=0.3, augment=True, device="cpu"
)
STEPS = CONFIG.steps_per_epoch
MOVED = CONFIG.replace(schedule="constant", lr=0.002)


class Restarted:
    """A server that started again, and the ids of the runs that its start interrupted."""

    def __init__(self, folder: Path, forks: Forks, wait_until: WaitUntil) -> None:
        before = Lab.start(folder, wait_until, forks.pool(), max_workers=1)
        self.whole_id = before.submit(CONFIG)  # never interrupted
        self.whole = finished(before, self.whole_id)
        self.running, self.paused, self.moved, self.damaged, self.ended = (
            in_the_middle(before, config) for config in (CONFIG, CONFIG, MOVED, CONFIG, CONFIG)
        )
        self.begun = before.submit(CONFIG.replace(train_size=40_000, epochs=1))
        before.started(self.begun)
        before.control(self.moved, "set", "lr", 0.0005)
        before.control(self.moved, "step")  # and no further: it must not end first
        self.rate = before.until(self.moved, lambda run: run.last("set_lr"), "it is used").series["set_lr"]
        before.control(self.running, "resume")
        before.close()
        self.pool = forks.pool()
        self.lab = Lab.start(folder, wait_until, self.pool, max_workers=1)

    def close(self) -> None:
        self.lab.close()


@pytest.fixture(scope="module")
def restarted(
    tmp_path_factory: pytest.TempPathFactory, forks: Forks, wait_until: WaitUntil
) -> Iterator[Restarted]:
    restarted = Restarted(tmp_path_factory.mktemp("going-on"), forks, wait_until)
    yield restarted
    restarted.close()


@pytest.fixture
def lab(restarted: Restarted) -> Lab:
    return restarted.lab


@pytest.fixture
def pool(restarted: Restarted) -> ForkedPool:
    return restarted.pool


@pytest.fixture
def whole(restarted: Restarted) -> Run:
    """CONFIG, never interrupted."""
    return restarted.whole


def finished(lab: Lab, run_id: str) -> Run:
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", f"it finishes: {lab.get(run_id)}")
    return lab.stored(run_id)


def in_the_middle(lab: Lab, config: TrainConfig = CONFIG) -> str:
    """A run that is paused within its third epoch, however fast or slow this machine is."""
    run_id = lab.submit(config)
    lab.control(run_id, "pause")
    lab.status(run_id, "paused")
    for epoch in (1, 2):
        lab.control(run_id, "step", "epoch")
        lab.until(run_id, lambda run, epoch=epoch: run.epoch == epoch and run.status == "paused", "an epoch")
    lab.control(run_id, "step")
    lab.until(run_id, lambda run: run.step > 2 * STEPS and run.status == "paused", "it is in its third epoch")
    return run_id


def numbers(run: Run) -> dict[str, list[tuple[int, float]]]:
    return {name: [(m.step, m.value) for m in points] for name, points in run.series.items()}


def weights(run: Run) -> list[tuple[int, str]]:
    return [(checkpoint.epoch, checkpoint.digest) for checkpoint in run.checkpoints]


def assert_the_same(run: Run, whole: Run) -> None:
    """The same numbers at the same steps, the same weights at every epoch, to the last bit."""
    assert numbers(run) == numbers(whole)
    assert weights(run) == weights(whole)
    assert (run.status, run.step, run.epoch, run.watched) == ("finished", 4 * STEPS, 4, whole.watched)


# --- After the server's end -----------------------------------------------------------------------


def test_what_was_under_way_is_interrupted(restarted: Restarted) -> None:
    for run_id in (restarted.running, restarted.paused, restarted.begun):
        assert restarted.lab.get(run_id).status == "interrupted"
    assert restarted.lab.get(restarted.whole_id) == restarted.whole


def test_it_goes_on_bit_by_bit(restarted: Restarted) -> None:
    before = restarted.lab.get(restarted.running).seconds
    restarted.lab.control(restarted.running, "resume")
    run = finished(restarted.lab, restarted.running)
    assert_the_same(run, restarted.whole)
    assert run.seconds > before / 2


def test_a_paused_run_can_be_stepped_and_stopped(restarted: Restarted) -> None:
    lab, run_id = restarted.lab, restarted.paused
    epoch = lab.get(run_id).epoch
    lab.control(run_id, "step")
    again = lab.until(run_id, lambda run: run.status == "paused", "it stands after one step")
    assert epoch * STEPS < again.step <= epoch * STEPS + CONFIG.report_every
    lab.stop(run_id)


def test_an_interrupted_run_can_be_ended_but_not_paused(restarted: Restarted) -> None:
    lab, run_id = restarted.lab, restarted.ended
    with pytest.raises(RunError, match="has ended"):
        lab.control(run_id, "pause")
    lab.control(run_id, "stop")
    assert lab.get(run_id).status == "stopped"
    assert lab.get(run_id).checkpoints
    with pytest.raises(RunError, match="has ended"):
        lab.control(run_id, "resume")


def test_interrupted_before_its_first_epoch_it_begins_again(restarted: Restarted) -> None:
    lab, run_id = restarted.lab, restarted.begun
    lab.control(run_id, "resume")
    lab.until(run_id, lambda run: run.status == "running" and run.last("train_loss"), "it trains")
    steps = [metric.step for metric in lab.get(run_id).series["train_loss"]]
    assert steps == sorted(set(steps))
    lab.stop(run_id)


def test_a_learning_rate_moved_after_the_last_checkpoint_is_moved_again(restarted: Restarted) -> None:
    lab, run_id = restarted.lab, restarted.moved
    lab.control(run_id, "resume")
    run = finished(lab, run_id)
    assert run.controls() == tuple((m.step, "lr", m.value) for m in restarted.rate)
    rates = {m.step: m.value for m in run.series["lr"]}
    moved_at = restarted.rate[0].step
    assert all(rate == (0.0005 if step > moved_at else 0.002) for step, rate in rates.items())


def test_a_damaged_checkpoint_is_said_by_its_run(restarted: Restarted) -> None:
    lab, run_id = restarted.lab, restarted.damaged
    newest = lab.get(run_id).checkpoints[-1]
    newest.path.write_bytes(newest.path.read_bytes()[:-4] + b"zero")
    lab.control(run_id, "resume")
    run = lab.status(run_id, "failed")
    assert run.reason == f"The checkpoint {newest.path.name} is damaged: choose another one."


# --- After a worker's end, a stop, a finish -------------------------------------------------------


def test_after_its_workers_death_it_goes_on(lab: Lab, pool: ForkedPool, whole: Run) -> None:
    run_id = in_the_middle(lab)
    lab.control(run_id, "resume")
    for process in pool.processes:
        process.kill()
    lab.status(run_id, "failed")
    lab.runner.resume(run_id)
    assert lab.get(run_id).reason == ""
    assert_the_same(finished(lab, run_id), whole)


def test_after_a_stop_within_an_epoch_it_goes_on_from_the_last_whole_one(lab: Lab, whole: Run) -> None:
    run_id = in_the_middle(lab)
    lab.stop(run_id)
    stopped = lab.get(run_id)
    assert stopped.checkpoints[-1].step % STEPS
    lab.runner.resume(run_id)
    run = finished(lab, run_id)
    assert_the_same(run, whole)
    assert not stopped.checkpoints[-1].path.exists()


def test_more_epochs_are_as_if_they_had_been_asked_for_at_once(lab: Lab) -> None:
    long = CONFIG.replace(schedule="constant", epochs=3)
    short = long.replace(epochs=1)
    at_once = finished(lab, lab.submit(long))
    run_id = lab.submit(short)
    finished(lab, run_id)
    lab.runner.resume(run_id, config=long)
    run = finished(lab, run_id)
    assert weights(run) == weights(at_once)
    assert run.config == long.model_dump()
    assert [m.epoch for m in run.series["test_accuracy"]] == [1, 3]


def test_what_cannot_go_on_says_so(lab: Lab) -> None:
    with pytest.raises(RunError, match="under way or unknown"):
        lab.runner.resume("nobody")
    run_id = in_the_middle(lab)
    with pytest.raises(RunError, match="under way or unknown"):
        lab.runner.resume(run_id)
    lab.stop(run_id)
    lab.wait_until(lambda: lab.stored(run_id).status == "stopped", "its end is written")
    lab.runner.store.update(replace(lab.stored(run_id), status="diverged"))
    with pytest.raises(RunError, match="cannot go on"):
        lab.runner.resume(run_id)


# --- What stays on the disk -----------------------------------------------------------------------


def test_a_long_run_keeps_evenly_few_checkpoints_and_one_state(lab: Lab) -> None:
    run_id = lab.submit(TrainConfig(train_size=100, val_size=0, epochs=60, batch_size=100, device="cpu"))
    run = finished(lab, run_id)
    epochs = [checkpoint.epoch for checkpoint in run.checkpoints]
    assert epochs == [*range(0, 60, 4), 60]
    assert len(epochs) <= MAX_INTERMEDIATE + 1
    kept = {c.path.with_suffix(s).name for c in run.checkpoints for s in (".safetensors", ".json")}
    kept |= {state_path(run.checkpoints[-1]).name, RECORD}
    folder = lab.runner.store.run_folder(run_id)
    lab.wait_until(lambda: {path.name for path in folder.iterdir()} == kept, "the others are removed")


def test_a_deleted_run_leaves_nothing(lab: Lab) -> None:
    run_id = in_the_middle(lab)
    with pytest.raises(RunError, match="stop it before you delete it"):
        lab.runner.delete(run_id)
    lab.stop(run_id)
    lab.runner.delete(run_id)
    assert lab.runner.get(run_id) is None
    assert not lab.runner.store.run_folder(run_id).exists()
