"""A worker is gone: where there are other machines, its runs go on there, without a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlcore.run import Run
from dlcore.runs.lost import TRIES
from dlcore.runs.protocol import Action, Control, Submission
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.fakes import Pool

CONFIG = TrainConfig(train_size=100, val_size=0, epochs=9, batch_size=20, device="cpu")


class Cluster(Pool):
    elsewhere = True


@dataclass
class Lab:
    runner: Runner
    pool: Cluster

    def begin(self) -> str:
        run_id = self.runner.submit("anna", "mnist", CONFIG, name="a run")
        self.pool.obey()
        return run_id

    def lose(self, run_id: str) -> None:
        """The node on which it works is gone."""
        self.pool.worker_of(run_id).end("ActorDiedError")

    def run(self, run_id: str) -> Run:
        run = self.runner.get(run_id)
        assert run is not None
        return run


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    pool = Cluster()
    with (
        closing(Store(tmp_path)) as store,
        closing(Runner(store, pool=pool, cores=1, max_workers=2)) as runner,
    ):
        yield Lab(runner, pool)


def test_it_goes_on_elsewhere(lab: Lab) -> None:
    run_id = lab.begin()
    lab.lose(run_id)
    assert lab.run(run_id).status == "queued"
    lab.pool.obey()
    assert lab.run(run_id).status == "running"
    given = [m for w in lab.pool.started for m in w.sent if isinstance(m, Submission)]
    assert [submission.id for submission in given] == [run_id] * 2


def test_one_that_ends_its_workers_fails_in_the_end(lab: Lab) -> None:
    run_id = lab.begin()
    for _ in range(TRIES):
        lab.lose(run_id)
        lab.pool.obey()
        assert lab.run(run_id).status == "running"
    lab.lose(run_id)
    found = lab.run(run_id)
    assert (found.status, found.reason) == (
        "failed",
        "The worker process ended unexpectedly (ActorDiedError): start the run again.",
    )


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (["pause"], "interrupted"),
        (["pause", "set"], "interrupted"),
        (["step"], "interrupted"),
        (["pause", "resume"], "queued"),
    ],
)
def test_one_that_was_to_pause_and_never_said_that_it_has_waits_too(
    lab: Lab, told: list[Action], status: str
) -> None:
    run_id = lab.begin()
    for action in told:
        lab.runner.control(run_id, Control(action, "lr", 0.001))
    lab.lose(run_id)
    found = lab.run(run_id)
    assert (found.status, "to pause" in found.reason) == (status, status == "interrupted")


def test_a_paused_one_waits_for_its_owner_and_one_that_was_taken_up_for_a_step_too(lab: Lab) -> None:
    run_id = lab.begin()
    lab.pool.worker_of(run_id).say(run_id, "paused")
    lab.lose(run_id)
    assert lab.run(run_id).status == "interrupted"
    lab.runner.resume(run_id, step=Control("step"))
    lab.pool.obey()
    lab.lose(run_id)
    assert lab.run(run_id).status == "interrupted"


def test_one_that_was_to_stop_is_not_trained_on(lab: Lab) -> None:
    run_id = lab.begin()
    lab.runner.control(run_id, Control("stop"))
    lab.lose(run_id)
    assert (lab.run(run_id).status, lab.run(run_id).stopping) == ("interrupted", False)
    lab.runner.resume(run_id)
    lab.pool.obey()
    assert (lab.run(run_id).status, lab.run(run_id).stopping) == ("running", False)
