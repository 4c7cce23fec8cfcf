"""Two servers on one PostgreSQL: what one leaves the other takes, asks reach whoever holds a run, and a
database that is away costs nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.datasets.catalogue import VARIABLE, catalogue
from dlcore.errors import LeaseError, RunError, StoreError
from dlcore.events import Progress
from dlcore.run import Status, new_run
from dlcore.runs.protocol import Cancel, Control, Steer
from dlcore.runs.runner import Runner
from dlcore.runs.storage import leases
from dlcore.runs.storage.database import RUNS
from dlcore.runs.storage.holding import SHARED_SECONDS
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.datasets.sets import images, write_pair
from tests.dlcore.runs.fakes import Clock, Pool
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.dlcore.runs.storage.test_store import ELSEWHERE
from tests.postgres import Cluster

TINY = TrainConfig(train_size=200, val_size=0, epochs=4, batch_size=40, device="cpu")
LOOKS = int(leases.WATCH_SECONDS) + 1  # one a second


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch, schema: str) -> None:
    monkeypatch.setenv("DLLAB_DATABASE_URL", schema)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        store.clock = Clock()
        yield store


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[Store]:
    """Of a server on another machine, of which nothing is heard any more."""
    with closing(Store(tmp_path)) as gone:
        yield gone


@pytest.fixture
def labs(tmp_path: Path, wait_until: WaitUntil) -> Iterator[list[Lab]]:
    """Two servers whose workers do what the tests say."""
    labs = [Lab(Runner(Store(tmp_path), pool=Pool(), cores=1), wait_until) for _ in range(2)]
    yield labs
    for lab in labs:
        lab.close()


def begun(store: Store, status: Status = "running", owner: str = "anna") -> str:
    run = new_run(owner, "mnist", TINY, name="a run", status=status)
    store.create(run)
    return run.id


def fall_silent(store: Store, seconds: float = SHARED_SECONDS + 1) -> None:
    """All its runs, on a machine that cannot be looked into."""
    with store._transaction() as connection:
        values = {"place": ELSEWHERE, "heartbeat": store.now() - seconds}
        connection.execute(RUNS.update().where(RUNS.c.lease == store.lease).values(values))


def look(store: Store, times: int = LOOKS) -> list[str]:
    """So many rounds, a second apart: what may be adopted in the end."""
    found: list[str] = []
    for _ in range(times):
        store.clock.now += 1.0  # type: ignore[attr-defined]
        store.interrupt_lost_runs()
        found = list(store.left_by_others())
    return found


def left_alone(gone: Store, store: Store) -> str:
    """A run of the server that is gone; this one may adopt it, and no other."""
    run_id = begun(gone)
    fall_silent(gone)
    assert look(store) == [run_id]
    return run_id


# --- Which runs are left --------------------------------------------------------------------------


def test_what_a_silent_server_trained_or_had_in_its_queue_is_left(store: Store, gone: Store) -> None:
    left = [begun(gone, "running"), begun(gone, "queued")]
    begun(gone, "paused")
    begun(gone, "finished")
    begun(gone, owner="local")
    fall_silent(gone)
    assert look(store, LOOKS - 1) == [], "it was not watched for long enough"
    assert sorted(look(store, 1)) == sorted(left)


@pytest.mark.parametrize("why", ["", *leases.WAITS])
def test_what_says_why_it_waits_is_not_adopted(store: Store, gone: Store, why: str) -> None:
    """Its server lives, and has lost the worker alone."""
    run_id = begun(gone)
    run = gone.get(run_id)
    assert run is not None
    gone.update(replace(run, status="interrupted", reason=why))
    assert look(store) == ([] if why else [run_id])


def test_a_paused_run_waits_for_its_owner(store: Store, gone: Store) -> None:
    run_id = begun(gone, "paused")
    fall_silent(gone)
    assert look(store) == []
    run = store.get(run_id)
    assert run is not None
    assert run.status == "interrupted"


def test_a_server_that_speaks_keeps_its_runs(store: Store, gone: Store) -> None:
    run_id = begun(gone)
    fall_silent(gone)
    for _ in range(3):
        assert look(store, LOOKS - 1) == []
        gone.heartbeat([run_id])
    assert look(store, LOOKS - 1) == []


def test_who_was_held_up_itself_has_not_watched(store: Store, gone: Store) -> None:
    run_id = begun(gone)
    fall_silent(gone)
    assert look(store, LOOKS - 1) == []
    store.clock.now += 3600.0  # type: ignore[attr-defined]
    gone.heartbeat([run_id])
    fall_silent(gone)
    store.clock.now += 3600.0  # type: ignore[attr-defined]
    assert look(store, LOOKS - 2) == []
    assert look(store, 2) == [run_id]


def test_after_the_database_was_away_all_are_watched_anew(store: Store, gone: Store) -> None:
    """All heartbeats stood still meanwhile."""
    run_id = begun(gone)
    fall_silent(gone)
    assert look(store, LOOKS - 1) == []
    store.watch_anew()
    assert look(store, LOOKS - 1) == []
    assert look(store, 1) == [run_id]


def test_a_server_that_was_stopped_leaves_its_runs_too(store: Store, gone: Store) -> None:
    run_id = begun(gone)
    run = gone.get(run_id)
    assert run is not None
    gone.update(replace(run, status="interrupted"))
    fall_silent(gone, seconds=0.0)
    assert look(store, LOOKS - 1) == []
    assert look(store, 1) == [run_id]


def test_what_was_left_long_ago_waits_for_its_owner(store: Store, gone: Store) -> None:
    begun(gone)
    fall_silent(gone, seconds=leases.ADOPT_SECONDS + 1)
    assert look(store, 2 * LOOKS) == []


def take_up(
    run_id: str, store: Store, server: Store, status: Status, *, epoch: int = 0, asked: bool = False
) -> None:
    """This server takes up what others left, or begins with it if it was `asked`, and gets so far."""
    run = store.get(run_id)
    assert run is not None
    silent_since = None if asked else store.left_by_others()[run_id]
    server.take_up(replace(run, status="queued"), silent_since=silent_since, asked=asked)
    server.update(replace(run, status=status, epoch=epoch))


def lose(run_id: str, store: Store, folder: Path, *, epoch: int, asked: bool = False) -> list[str]:
    """A server has the run, gets to this epoch, and is gone."""
    with closing(Store(folder)) as server:
        take_up(run_id, store, server, "running", epoch=epoch, asked=asked)
        fall_silent(server)
    return look(store)


def test_a_run_that_loses_three_servers_without_a_new_epoch_waits_for_its_owner(
    store: Store, gone: Store, tmp_path: Path
) -> None:
    run_id = left_alone(gone, store)
    assert lose(run_id, store, tmp_path, epoch=0) == [run_id]
    assert lose(run_id, store, tmp_path, epoch=0) == []
    run = store.get(run_id)
    assert run is not None
    assert (run.status, run.reason) == ("interrupted", leases.LEFT_TO_OWNER)

    assert lose(run_id, store, tmp_path, epoch=0, asked=True) == [run_id], "its owner began anew"
    assert lose(run_id, store, tmp_path, epoch=0) == [run_id]
    assert lose(run_id, store, tmp_path, epoch=0) == []


def test_a_run_that_gets_on_goes_on_however_many_servers_it_loses(
    store: Store, gone: Store, tmp_path: Path
) -> None:
    run_id = left_alone(gone, store)
    assert lose(run_id, store, tmp_path, epoch=0) == [run_id]
    for epoch in (1, 1, 2, 2, 3):
        assert lose(run_id, store, tmp_path, epoch=epoch) == [run_id]


def test_servers_that_are_stopped_are_not_counted(store: Store, gone: Store, tmp_path: Path) -> None:
    """Who says that it ends was not ended by a run."""
    run_id = left_alone(gone, store)
    for _ in range(leases.LOSSES):
        with closing(Store(tmp_path)) as server:
            take_up(run_id, store, server, "interrupted")
        assert look(store) == [run_id]


def test_a_process_that_is_seen_to_have_ended_is_watched_too(store: Store, gone: Store) -> None:
    """Its workers outlive it by a moment."""
    run_id = begun(gone)
    with store._transaction() as connection:
        connection.execute(RUNS.update().values(pid_since=RUNS.c.pid_since - 60))
    assert look(store, LOOKS - 1) == []
    assert look(store, 1) == [run_id]


def test_two_take_one_run_and_one_has_it(store: Store, gone: Store, tmp_path: Path) -> None:
    run_id = left_alone(gone, store)
    silent_since = store.left_by_others()[run_id]
    run = store.get(run_id)
    assert run is not None
    again = replace(run, status="queued")
    with closing(Store(tmp_path)) as third:
        third.take_up(again, silent_since=silent_since)
        with pytest.raises(LeaseError):
            store.take_up(again, silent_since=silent_since)
    assert store.heartbeat([run_id]) == {}


def test_who_speaks_at_the_last_moment_keeps_its_run(store: Store, gone: Store) -> None:
    run_id = begun(gone)
    fall_silent(gone)
    look(store)
    silent_since = store.left_by_others()[run_id]
    run = store.get(run_id)
    assert run is not None
    gone.heartbeat([run_id])
    with pytest.raises(LeaseError):
        store.take_up(replace(run, status="queued"), silent_since=silent_since)


def test_clocks_of_servers_may_differ(
    monkeypatch: pytest.MonkeyPatch, store: Store, gone: Store, tmp_path: Path
) -> None:
    """All times of heartbeats are the database's."""
    monkeypatch.setattr("dlcore.runs.storage.reader.SHARED_SECONDS", 1800.0)
    run_id = begun(gone)
    with store._transaction() as connection:
        connection.execute(RUNS.update().values(place=ELSEWHERE))
    now = leases.time.time
    monkeypatch.setattr(leases.time, "time", lambda: now() - 3600.0)
    with closing(Store(tmp_path)) as late:
        assert late.holder_of(run_id) is not None
        assert late.interrupt_lost_runs() == []


# --- A runner goes on with them, and obeys ----------------------------------------------------------


def test_it_goes_on_on_the_other_server(labs: list[Lab], gone: Store) -> None:
    run_ids = {begun(gone) for _ in range(8)}
    fall_silent(gone)

    def active() -> list[str]:
        return [run.id for lab in labs for run in lab.runner.active_runs()]

    labs[0].wait_until(lambda: len(active()) == 8, "all have been adopted")
    assert set(active()) == run_ids, "each by one"
    for run_id in run_ids:
        assert gone.heartbeat([run_id]) == {}


def test_one_that_cannot_go_on_is_tried_once(labs: list[Lab], gone: Store) -> None:
    run_id = begun(gone)
    with gone._transaction() as connection:
        connection.execute(RUNS.update().values(kind="of a newer lab"))
    fall_silent(gone)

    def left_to_owner() -> bool:
        with gone._transaction() as connection:
            row = connection.execute(RUNS.select().where(RUNS.c.id == run_id)).mappings().one()
        return row["status"] == "interrupted" and row["was"] == ""

    labs[0].wait_until(left_to_owner, "nobody tries it again")
    assert [lab.runner.active_runs() for lab in labs] == [[], []]


def test_where_its_images_are_not_it_is_left_to_another_server(
    labs: list[Lab],
    gone: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_pair(tmp_path / "sets" / "squares", "train", *images(150))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "sets"))
    config = TINY.replace(train_size=100, dataset=catalogue().find("squares").id)
    monkeypatch.delenv(VARIABLE)
    run = new_run("anna", "mnist", config, name="a run", status="running")
    gone.create(run)
    fall_silent(gone)
    with caplog.at_level("INFO"):
        labs[0].wait_until(lambda: "does not go on here: The images 'squares'" in caplog.text, "it is tried")
    assert labs[0].stored(run.id).status == "interrupted"
    monkeypatch.setenv(VARIABLE, str(tmp_path / "sets"))  # as on a server that has them
    labs[0].wait_until(lambda: any(lab.runner.active_runs() for lab in labs), "it goes on")
    assert labs[0].stored(run.id).active


def test_what_is_asked_reaches_the_server_that_trains(labs: list[Lab]) -> None:
    here, other = labs
    run_id = here.submit(TINY)
    pool = here.runner.pool
    assert isinstance(pool, Pool)
    pool.obey()
    here.runner._writer.flush()
    assert other.get(run_id).status == "running", "it is watched from there"
    with pytest.raises(RunError, match="stop it before you delete it"):
        other.runner.delete(run_id)
    for control in (Control("set", "lr", 0.001), Control("pause"), Control("stop")):
        other.runner.control(run_id, control)
        there = Steer(run_id, control)
        here.wait_until(lambda there=there: there in pool.worker_of(run_id).sent, "it was handed over")
    pool.obey()
    here.wait_until(lambda: other.get(run_id).status == "stopped", "it has stopped")
    other.runner.delete(run_id)
    assert here.runner.get(run_id) is None


def test_a_request_that_nobody_takes_is_forgotten(store: Store, gone: Store) -> None:
    run_id = begun(gone)
    store.ask(run_id, "stop", "", 0.0)
    assert store.asked() == [], "it is not asked of this one"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases, "REQUEST_SECONDS", -1.0)
        assert gone.asked() == []
    assert gone.asked() == []
    store.ask(run_id, "step", "epoch", 0.0)
    assert gone.asked() == [(run_id, "step", "epoch", 0.0)]
    assert gone.asked() == []


# --- The database is away -------------------------------------------------------------------------


def test_while_the_database_is_away_training_goes_on_in_memory(labs: list[Lab], postgres: Cluster) -> None:
    here, other = labs
    run_id = here.submit(TINY)
    pool = here.runner.pool
    assert isinstance(pool, Pool)
    pool.obey()
    here.runner._writer.flush()
    worker = pool.worker_of(run_id)
    postgres.stop()
    try:
        worker.say(run_id, step=3, epoch=0, events=(Progress(3, 1, 0.5, 0.5, 0.1),))
        waits = "Until then runs go on and wait in memory."
        here.wait_until(lambda: here.runner.trouble.endswith(waits), "it is said")
        assert here.runner.trouble.startswith("The database of DLLAB_DATABASE_URL cannot be used (")
        assert "start its server" in here.runner.trouble
        assert here.get(run_id).step == 3
        with pytest.raises(StoreError):
            other.get(run_id)
    finally:
        postgres.start()
    here.wait_until(lambda: not here.runner.trouble, "it is over")
    worker.say(run_id, step=4, epoch=0)
    here.wait_until(lambda: other.get(run_id).step == 4, "it is written down")
    assert [m.step for m in other.get(run_id).series["train_loss"]] == [3]
    assert [run.id for run in here.runner.active_runs()] == [run_id]
    assert other.runner.active_runs() == []
    assert Cancel(run_id) not in worker.sent


def test_who_cannot_reach_the_database_lets_go_of_what_another_took(
    labs: list[Lab], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It learns so from the folder of the run."""
    here, _ = labs
    run_id = here.submit(TINY)
    pool = here.runner.pool
    assert isinstance(pool, Pool)
    pool.obey()
    here.runner._writer.flush()

    def refuse(*_: object) -> None:
        raise StoreError("it cannot be reached")

    for name in ("heartbeat", "update", "record"):
        monkeypatch.setattr(here.runner.store, name, refuse)
    with closing(Store(tmp_path)) as third:
        with third._transaction() as connection:
            connection.execute(RUNS.update().values(status="interrupted"))
        run = third.get(run_id)
        assert run is not None
        third.take_up(replace(run, status="queued"))
        here.wait_until(lambda: not here.runner.active_runs(), "it has let go")
        assert Cancel(run_id) in pool.worker_of(run_id).sent
        third.delete(run_id)
