"""Runs on disk: what goes in comes out, lost runs are found, and nothing breaks without a sentence."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from dlcore.errors import StoreError
from dlcore.run import ACTIVE, Checkpoint, Metric, Run, Status
from dlcore.runs.storage import settling
from dlcore.runs.storage.database import MAX_ROWS, METRICS, RUNS, SCHEMA_ROWS, SCHEMA_VERSION
from dlcore.runs.storage.folder import data_folder
from dlcore.runs.storage.holding import STALE_SECONDS
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.dead import dead_pid

ELSEWHERE = "another container"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def make_run(run_id: str = "one", *, owner: str = "anna", status: Status = "running", **more: object) -> Run:
    config = {"net": "FastCNN", "lr": 0.005, "augment": True}
    return Run(run_id, owner, "mnist", "Fast", config, status, created=1000.0, total_steps=860, **more)  # type: ignore[arg-type]


def age(
    store: Store, run_id: str, *, pid: int | None = None, place: str | None = None, seconds: float = 0.0
) -> None:
    """Make a run look as if another process held it, or as if nobody had for some time."""
    changes: dict[str, object] = {"pid": pid} if pid is not None else {}
    if place is not None:
        changes["place"] = place
    with store._engine.begin() as connection:
        statement = RUNS.update().where(RUNS.c.id == run_id)
        old = RUNS.c.heartbeat - seconds
        connection.execute(statement.values(heartbeat=old, **changes))


# --- In and out -----------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_went_in(store: Store) -> None:
    run = make_run(threads=2)
    store.create(run)
    assert store.get("one") == run


def test_an_unknown_run_is_none(store: Store) -> None:
    assert store.get("nobody") is None


def test_where_a_run_stands_comes_back(store: Store) -> None:
    run = make_run()
    store.create(run)
    watched = ((0.25, 0.75), (1.0, 0.0))
    later = replace(
        run,
        status="diverged",
        reason="Loss became infinite.",
        seconds=12.5,
        step=430,
        epoch=1,
        threads=2,
        device="cpu",
        watched=watched,
    )
    store.update(later)
    assert store.get("one") == later


def test_a_run_outlives_its_store(store: Store) -> None:
    store.create(make_run())
    store.close()
    again = Store(store.folder)
    assert again.get("one") == make_run()
    again.close()


def test_metrics_and_checkpoints_come_back_in_the_order_of_steps(store: Store, tmp_path: Path) -> None:
    store.create(make_run())
    losses = [Metric("train_loss", step, 1, step / 10, 1 / step) for step in (30, 10, 20)]
    rates = [Metric("lr", 10, 1, 1.0, 0.005)]
    weights = [Checkpoint(store.run_folder("one") / f"{step}.safetensors", "d", 1, step) for step in (20, 0)]
    store.record("one", losses + rates, weights)
    run = store.get("one")
    assert run is not None
    assert run.series == {"lr": tuple(rates), "train_loss": tuple(sorted(losses, key=lambda m: m.step))}
    assert run.checkpoints == tuple(weights[::-1])


def test_numbers_come_back_bit_for_bit(store: Store) -> None:
    store.create(make_run())
    values = [0.1 + 0.2, 1e-300, 2.0**-1074, 1e300, -0.0]
    store.record("one", [Metric("x", step, 1, 0.0, value) for step, value in enumerate(values)], [])
    run = store.get("one")
    assert run is not None
    assert [point.value for point in run.series["x"]] == values


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_kept_as_null_and_comes_back_as_it_was(store: Store, value: float) -> None:
    store.create(make_run())
    store.record("one", [Metric("val_loss", 5, 1, 0.5, value)], [])
    with store._engine.connect() as connection:
        assert connection.execute(sa.select(METRICS.c.value)).scalar_one() is None
    run = store.get("one")
    assert run is not None
    assert str(run.series["val_loss"][0].value) == str(value)


def test_recording_twice_is_recording_once(store: Store) -> None:
    store.create(make_run())
    metrics = [Metric("train_loss", step, 1, 0.1, 0.5) for step in range(5)]
    weights = [Checkpoint(store.run_folder("one") / "a.safetensors", "d", 0, 0)]
    store.record("one", metrics, weights)
    once = store.get("one")
    store.record("one", metrics, weights)
    store.record("one", [], [])
    assert store.get("one") == once


def test_what_is_known_is_replaced_also_within_one_call(store: Store) -> None:
    """Two controls may take effect before the same step: the last one holds."""
    store.create(make_run())
    first, second, third = (Metric("set_lr", 5, -1, 0.1, value) for value in (0.1, 0.2, 0.3))
    folder = store.run_folder("one")
    weights = [Checkpoint(folder / "a.safetensors", digest, 0, 0) for digest in ("old", "new")]
    store.record("one", [first, second], weights)
    run = store.get("one")
    assert run is not None
    assert run.series["set_lr"] == (second,)
    assert [checkpoint.digest for checkpoint in run.checkpoints] == ["new"]
    store.record("one", [third], [])
    run = store.get("one")
    assert run is not None
    assert run.series["set_lr"] == (third,)


def test_the_data_folder_may_move(store: Store, tmp_path: Path) -> None:
    store.create(make_run())
    store.record("one", [], [Checkpoint(store.run_folder("one") / "a.safetensors", "d", 0, 0)])
    store.close()
    moved = tmp_path.rename(tmp_path.with_name(tmp_path.name + "-moved"))
    again = Store(moved)
    run = again.get("one")
    again.close()
    moved.rename(tmp_path)
    assert run is not None
    assert run.checkpoints[0].path == moved / "runs" / "one" / "a.safetensors"


def test_many_threads_may_write_and_read(store: Store) -> None:
    store.create(make_run())
    faults: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for step in range(20):
                store.record("one", [Metric(name, step, 1, 0.0, float(step))], [])
                store.get("one")
        except StoreError as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(f"series-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = store.get("one")
    assert faults == []
    assert run is not None
    assert {name: len(points) for name, points in run.series.items()} == {f"series-{n}": 20 for n in range(4)}


# --- Owners ---------------------------------------------------------------------------------------


def test_an_owner_sees_their_own_runs_newest_first(store: Store) -> None:
    for n, (run_id, owner) in enumerate([("a1", "anna"), ("b1", "ben"), ("a2", "anna"), ("a3", "anna")]):
        store.create(replace(make_run(run_id, owner=owner), created=float(n)))
    assert [run.id for run in store.runs_of("anna")] == ["a3", "a2", "a1"]
    assert [run.id for run in store.runs_of("anna", limit=2)] == ["a3", "a2"]
    assert [run.id for run in store.runs_of("ben")] == ["b1"]
    assert store.runs_of("ann") == []
    assert store.runs_of("%") == []


def test_runs_are_counted(store: Store) -> None:
    for number in range(6):
        store.create(make_run(str(number)))
    store.create(make_run("other", owner="ben"))
    assert store.counts("anna") == (6, 7)
    assert store.counts("nobody") == (0, 7)
    assert store.there({"0", "other", "gone"}) == {"0", "other"}
    assert store.there(()) == set()


# --- Lost runs ------------------------------------------------------------------------------------


def test_a_healthy_run_is_left_alone(store: Store) -> None:
    store.create(make_run())
    assert store.interrupt_lost_runs() == []
    run = store.get("one")
    assert run is not None
    assert run.status == "running"


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_a_run_whose_process_is_gone_is_interrupted(store: Store, status: Status) -> None:
    store.create(make_run(status=status))
    age(store, "one", pid=dead_pid())
    assert store.interrupt_lost_runs() == ["one"]
    assert store.interrupt_lost_runs() == []
    run = store.get("one")
    assert run is not None
    assert run.status == "interrupted"


@pytest.mark.parametrize("seconds", [STALE_SECONDS + 1, -STALE_SECONDS - 1])
def test_a_silent_run_is_interrupted_whatever_process_has_its_id_now(store: Store, seconds: float) -> None:
    """That id means nothing here: it was given in another container, or before this machine started."""
    store.create(make_run("silent"))
    store.create(make_run("healthy"))
    age(store, "silent", place=ELSEWHERE, seconds=seconds)
    assert store.interrupt_lost_runs() == ["silent"]


def test_a_heartbeat_keeps_a_run(store: Store) -> None:
    for run_id in ("one", "two"):
        store.create(make_run(run_id))
        age(store, run_id, place=ELSEWHERE, seconds=STALE_SECONDS + 1)
    store.heartbeat(["one"])
    store.heartbeat([])
    assert store.interrupt_lost_runs() == ["two"]


@pytest.mark.parametrize("status", ["finished", "stopped", "diverged", "interrupted", "failed"])
def test_a_run_that_has_ended_cannot_be_lost(store: Store, status: Status) -> None:
    store.create(make_run(status=status))
    age(store, "one", pid=dead_pid(), seconds=1000)
    assert store.interrupt_lost_runs() == []


# --- Folders --------------------------------------------------------------------------------------


def test_the_environment_chooses_the_folder(data_dir: Path) -> None:
    assert data_folder() == data_dir
    store = Store()
    assert store.folder == data_dir
    store.close()


def test_without_a_choice_it_is_the_platforms_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLLAB_DATA_DIR")
    assert data_folder().name == "deep-learning-lab"
    assert data_folder().is_absolute()


def test_another_database_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLLAB_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    store = Store(tmp_path / "folder")
    store.create(make_run())
    store.close()
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert not (tmp_path / "folder" / "runs.sqlite").exists()


def test_a_folder_that_cannot_be_made_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sentence = r"^The data folder .+ cannot be used \(.+\): make it writable or choose .+ DLLAB_DATA_DIR\.$"
    with pytest.raises(StoreError, match=sentence):
        Store(tmp_path / "file" / "inside")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_gives_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path)


@pytest.mark.own_database
@pytest.mark.parametrize(
    "content", [b"certainly not a database " * 100, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_database_is_set_aside_with_its_weights_and_a_new_one_begun(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "runs.sqlite").write_bytes(content)
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "epoch-001-step-000005.safetensors").write_bytes(b"weights")
    with closing(Store(tmp_path)) as store:
        assert store.runs_of("anna") == []
        store.create(make_run())
        assert store.get("one") is not None
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / "runs.sqlite").read_bytes() == content
    assert (aside / "runs" / "one" / "epoch-001-step-000005.safetensors").read_bytes() == b"weights"
    assert store.notice.startswith("The record of all runs was damaged (")
    assert aside.name in store.notice


def test_a_sound_database_is_not_set_aside(store: Store) -> None:
    store.create(make_run())
    store.close()
    with closing(Store(store.folder)) as again:
        assert again.notice == ""
        assert again.get("one") is not None


def test_a_database_that_breaks_later_gives_a_sentence(store: Store) -> None:
    store.create(make_run())
    with store._engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE checkpoints"))
    if store.own_folder:
        sentence = r"^The run database cannot be used \(.+\): try again, or choose .+\.$"
    else:
        sentence = r"^The database of DLLAB_DATABASE_URL cannot be used \(.+\): .+, or name another\.$"
    with pytest.raises(StoreError, match=sentence):
        store.get("one")


def test_a_run_is_created_once(store: Store) -> None:
    store.create(make_run())
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.create(make_run())


# --- What came later ------------------------------------------------------------------------------


def test_a_database_of_an_earlier_version_gets_the_new_columns(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.create(make_run())
        store.record("one", [Metric("val_loss", 5, 1, 0.5, 0.25)], [])
        later = (
            *(("runs", "shared"), ("runs", "pid_since"), ("metrics", "special")),
            *(("runs", "place"), ("runs", "lease"), ("runs", "losses"), ("runs", "lost_at")),
        )
        with store._engine.begin() as connection:
            for table, column in later:
                connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
            connection.execute(sa.text("DROP TABLE codes"))
    with closing(Store(tmp_path)) as store:
        run = store.get("one")
        assert run is not None
        assert not run.shared
        assert run.series["val_loss"][0].value == 0.25
        assert store.owner_of(store.code_of("anna")) == "anna"
        with store._transaction() as connection:
            row = connection.execute(sa.select(RUNS.c.losses, RUNS.c.lost_at)).one()
        assert tuple(row) == (0, 0), "no server was lost with it"


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.create(make_run())
        with store._engine.begin() as connection:
            connection.execute(SCHEMA_ROWS.update().values(version=SCHEMA_VERSION + 1))
            connection.execute(sa.text("DROP TABLE codes"))
    sentence = (
        rf"^The .+ cannot be used \(its tables are of version {SCHEMA_VERSION + 1}, .+\): install the newer"
    )
    with pytest.raises(StoreError, match=sentence):
        Store(tmp_path)
    with store._engine.connect() as connection:
        assert not sa.inspect(connection).has_table("codes"), "nothing was made"
        assert connection.execute(sa.select(RUNS.c.id)).scalars().all() == ["one"]
    store.close()
    assert list(tmp_path.glob("damaged-*")) == []


def test_a_database_without_a_version_is_one_of_ours(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.create(make_run())
        with store._engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE lab"))
    with closing(Store(tmp_path)) as store:
        assert store.get("one") == make_run()
        with store._engine.connect() as connection:
            assert connection.execute(sa.select(SCHEMA_ROWS.c.version)).scalars().all() == [SCHEMA_VERSION]


def test_a_clock_that_jumps_loses_no_living_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the machine was started is then told as much earlier or later, and with it when a process was."""
    store.create(make_run())
    now, booted = time.time(), psutil.boot_time()
    for jump in (86_400.0, 1.5, -86_400.0):
        monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
        monkeypatch.setattr("psutil._psplatform.boot_time", lambda jump=jump: booted + jump)
        store.heartbeat(["one"])
        assert store.interrupt_lost_runs() == []


def test_a_process_id_that_is_used_again_holds_nothing(store: Store) -> None:
    """After a restart of a container the server often has the number it had before."""
    store.create(make_run())
    with store._engine.begin() as connection:
        connection.execute(RUNS.update().values(pid_since=RUNS.c.pid_since - 60))
    assert store.interrupt_lost_runs() == ["one"]


def test_a_process_of_an_earlier_lab_said_by_the_clock_when_it_began(store: Store) -> None:
    store.create(make_run())
    for began, lost in ((psutil.Process().create_time(), []), (psutil.Process().create_time() - 60, ["one"])):
        with store._engine.begin() as connection:
            connection.execute(RUNS.update().values(pid_since=began))
        assert store.interrupt_lost_runs() == lost


def test_of_a_metric_with_very_many_rows_every_second_goes(store: Store) -> None:
    store.create(make_run())
    rows = [Metric("train_loss", step, 1, step / 10, 1 / step) for step in range(1, MAX_ROWS + 2)]
    store.record("one", [*rows, Metric("lr", 1, 1, 0.1, 0.5)], [])
    run = store.get("one")
    assert run is not None
    steps = [metric.step for metric in run.series["train_loss"]]
    assert len(steps) == MAX_ROWS // 2 + 1
    assert steps[0] == 1
    assert steps[-1] == MAX_ROWS + 1
    assert len(run.series["lr"]) == 1


def test_a_deleted_run_takes_nothing_more(store: Store) -> None:
    store.create(make_run())
    store.delete("one")
    store.record("one", [Metric("train_loss", 1, 1, 0.1, 0.5)], [])
    assert store.get("one") is None


def test_a_deletion_that_was_broken_off_is_ended_at_the_next_start(store: Store) -> None:
    store.create(make_run(status="finished"))
    gone = store.folder / "runs" / "one.deleted"
    gone.mkdir(parents=True)
    (gone / "000001.safetensors").write_bytes(b"weights")
    with closing(Store(store.folder)) as again:
        assert again.get("one") is None
    assert not gone.exists()


def test_of_a_control_no_row_goes(store: Store) -> None:
    store.create(make_run())
    moves = [Metric("set_lr", step, 1, 0.001, 1.0) for step in range(MAX_ROWS + 2)]
    store.record("one", moves, [])
    run = store.get("one")
    assert run is not None
    assert len(run.series["set_lr"]) == len(moves)


def test_the_newest_values_of_all_runs_come_at_once(store: Store) -> None:
    for run_id, owner in (("one", "anna"), ("two", "anna"), ("three", "ben")):
        store.create(make_run(run_id, owner=owner))
        for step, value in ((5, 0.5), (10, 0.75), (15, math.nan)):
            store.record(run_id, [Metric("val_accuracy", step, 1, 0.5, value)], [])
    assert store.last_values(["anna"], ["val_accuracy", "test_correct"]) == {
        "one": {"val_accuracy": 0.75},
        "two": {"val_accuracy": 0.75},
    }


def test_each_owners_newest_run_and_how_many_there_are(store: Store) -> None:
    for number, owner in enumerate(("anna", "ben", "anna", "carl")):
        store.create(replace(make_run(f"run-{number}", owner=owner), created=100.0 + number))
    found = store.latest_of(["anna", "ben", "nobody"])
    assert {owner: (run.id, count) for owner, (run, count) in found.items()} == {
        "anna": ("run-2", 2),
        "ben": ("run-1", 1),
    }
    assert store.latest_of([]) == {}


def test_what_some_owners_have_begun_since_then(store: Store) -> None:
    for number, owner in enumerate(("anna", "ben", "anna", "carl")):
        store.create(replace(make_run(f"run-{number}", owner=owner), created=100.0 + number))
    kind = make_run().kind
    assert [run.id for run in store.runs_since(["anna", "ben"], kind, 101.0)] == ["run-1", "run-2"]
    assert [run.id for run in store.runs_since(["anna", "ben"], kind, 0.0, limit=1)] == ["run-0"]
    assert store.runs_since(["anna"], "another", 0.0) == []


# --- a disk that refuses for a moment -------------------------------------------------------------


def refusing(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_run_that_could_not_begin_is_forgotten_as_soon_as_the_disk_allows_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it is under way for good: nobody trains it, and nobody can stop it."""

    def full(*_: object, **__: object) -> bool:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(settling, "write_record", refusing)
        patched.setattr(Store, "delete", full)
        with pytest.raises(StoreError, match="record cannot be written"):
            store.create(make_run(status="queued"))
        assert store.get("one") is not None
        with pytest.raises(StoreError, match="The disk is full"):
            store.forget_unbegun()
    store.forget_unbegun()
    assert store.get("one") is None
    assert not store.unbegun


@pytest.mark.parametrize("change", ["shared", "name"])
def test_what_was_changed_while_the_disk_was_full_stays_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: str
) -> None:
    store.create(make_run(status="finished"))
    store.share("one", True)
    with monkeypatch.context() as full:
        full.setattr(settling, "write_record", refusing)
        with pytest.raises(StoreError, match="record cannot be written"):
            store.share("one", False) if change == "shared" else store.rename("one", "another")
    store.settle_some(1)
    store.close()
    with closing(Store(tmp_path)) as again:
        found = again.get("one")
        assert found is not None
        assert (found.shared, found.name) == ((False, "Fast") if change == "shared" else (True, "another"))
