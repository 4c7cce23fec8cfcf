"""A lab, or a command, that slept while another took its run up: it drops the run and writes nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import LeaseError, RunError
from dlcore.events import CheckpointReady, EpochEnd, Event, Progress
from dlcore.run import Status, new_run
from dlcore.runs import local as module
from dlcore.runs.kinds import make_job
from dlcore.runs.local import iter_local_run
from dlcore.runs.protocol import Cancel, Control, Submission
from dlcore.runs.runner import Runner
from dlcore.runs.storage.database import RUNS
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.fakes import Pool
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.dlcore.runs.storage.test_store import ELSEWHERE, age

TINY = TrainConfig(train_size=200, val_size=0, epochs=4, batch_size=40, device="cpu")


@pytest.fixture
def pools() -> list[Pool]:
    return [Pool(), Pool()]


@pytest.fixture
def labs(tmp_path: Path, pools: list[Pool], wait_until: WaitUntil) -> Iterator[list[Lab]]:
    """Two on one data folder, as a server in a container that was paused, and another one."""
    labs = [Lab(Runner(Store(tmp_path), pool=pool, cores=1), wait_until) for pool in pools]
    yield labs
    for lab in labs:
        lab.close()


def interrupt(store: Store) -> None:
    """All runs, by mistake: their process slept."""
    with store._transaction() as connection:
        connection.execute(RUNS.update().values(status="interrupted"))


def begin(lab: Lab, pool: Pool) -> str:
    run_id = lab.submit(TINY)
    pool.obey()
    lab.runner._writer.flush()
    return run_id


def take_over(sleeper: Lab, other: Lab, pool: Pool, run_id: str) -> None:
    """The first one was silent, so the other one takes up its run, unless the first speaks in between."""
    store = other.runner.store

    def interrupted() -> bool:
        age(store, run_id, place=ELSEWHERE, seconds=20.0)
        return store.interrupt_lost_runs() == [run_id] and lab_takes_up(other, run_id)

    other.wait_until(interrupted, "the other lab has it")
    pool.obey()


def lab_takes_up(lab: Lab, run_id: str) -> bool:
    try:
        lab.control(run_id, "resume")
    except RunError:  # its lab has spoken: it holds the run again
        return False
    return True


def test_a_lab_that_slept_lets_go_of_its_run(labs: list[Lab], pools: list[Pool]) -> None:
    sleeper, other = labs
    run_id = begin(sleeper, pools[0])
    worker = pools[0].worker_of(run_id)
    take_over(sleeper, other, pools[1], run_id)
    sleeper.wait_until(lambda: not sleeper.runner.active_runs(), "it has noticed")
    assert Cancel(run_id) in worker.sent
    worker.say(run_id, "finished", step=20, epoch=4, events=(Progress(20, 4, 0.5, 0.5, 0.1),))
    for lab in labs:
        lab.runner._writer.flush()
    run = other.stored(run_id)
    assert (run.status, run.step, run.series) == ("running", 0, {})
    assert sleeper.get(run_id).status == "running"  # there
    with pytest.raises(RunError, match=r"^This run belongs to another lab on this computer, process \d+"):
        sleeper.control(run_id, "stop")
    assert [live.id for live in other.runner.active_runs()] == [run_id]
    assert sleeper.runner.trouble == ""


def test_a_lab_whose_run_was_only_called_interrupted_keeps_it(labs: list[Lab], pools: list[Pool]) -> None:
    sleeper, other = labs
    run_id = begin(sleeper, pools[0])
    sleeper.control(run_id, "pause")  # nothing more is reported of it
    pools[0].obey()
    sleeper.runner._writer.flush()
    interrupt(other.runner.store)
    sleeper.wait_until(lambda: other.stored(run_id).status == "paused", "it is written again")
    assert [run.id for run in sleeper.runner.active_runs()] == [run_id]


def test_a_silent_run_is_not_taken_up(labs: list[Lab], pools: list[Pool], tmp_path: Path) -> None:
    other = labs[1]
    with closing(Store(tmp_path)) as suspended:
        run = begin_stored(suspended)
        age(suspended, run, seconds=20.0)
        other.runner.keep_house()
        assert other.get(run).silent
        for action in ("resume", "step", "stop"):
            with pytest.raises(RunError, match="which is silent, perhaps suspended: let it go on"):
                other.runner.control(run, Control(action))  # type: ignore[arg-type]
        with pytest.raises(RunError, match="is silent"):
            other.runner.delete(run)
        suspended.delete(run)


def begin_stored(store: Store) -> str:
    run = new_run("anna", "mnist", TINY, name="a run", status="running")
    store.create(run)
    return run.id


def until(events: Iterator[tuple[str, Event]], kind: type[Event]) -> str:
    """The run's id, when such an event has come."""
    while True:
        run_id, event = next(events)
        if isinstance(event, kind):
            return run_id


def test_a_command_that_slept_says_so_and_leaves_the_weights_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRITE_SECONDS", -1.0)
    with closing(Store(tmp_path)) as store, closing(Store(tmp_path)) as other:
        events = iter_local_run(store, "mnist", TINY, name="tiny", threads=1)
        run_id = until(events, EpochEnd)
        run = other.get(run_id)
        assert run is not None
        interrupt(other)
        other.take_up(replace(run, status="queued"))
        taken = other.get(run_id)
        weights = {path.name: path.read_bytes() for path in store.run_folder(run_id).iterdir()}
        with pytest.raises(LeaseError, match="taken up by another process"):
            until(events, CheckpointReady)
        assert other.get(run_id) == taken
        assert {path.name: path.read_bytes() for path in store.run_folder(run_id).iterdir()} == weights


@pytest.mark.parametrize(
    ("ended", "refused"), [("stopped", True), ("finished", True), ("interrupted", False)]
)
def test_who_slept_over_the_end_of_its_run_writes_nothing_more(
    tmp_path: Path, ended: Status, refused: bool
) -> None:
    """An interrupted one was nobody's in between: it goes on."""
    with closing(Store(tmp_path)) as store, closing(Store(tmp_path)) as other:
        run = new_run("anna", "mnist", TINY, name="tiny", status="running", threads=1)
        store.create(run)
        folder = store.run_folder(run.id)
        job = make_job(Submission(run.id, "anna", "mnist", run.config, folder, 1, lease=store.lease))
        interrupt(other)
        other.take_up(replace(run, status="queued"))
        other.update(replace(run, status=ended))
        other.settle(run.id)
        before = {path.name for path in folder.iterdir()}
        ready = next(event for event in job.events() if isinstance(event, CheckpointReady))
        if refused:
            with pytest.raises(LeaseError, match="taken up by another process"):
                job.save(ready)
            assert {path.name for path in folder.iterdir()} == before
        else:
            assert job.save(ready).path.is_file()
