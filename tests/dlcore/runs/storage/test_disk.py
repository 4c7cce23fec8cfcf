"""What a run keeps of its checkpoints, and what a full folder gives up first."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dlcore.errors import ConfigError, RunError
from dlcore.run import Checkpoint, Run, moment
from dlcore.runs.storage.budget import check_room, make_room
from dlcore.runs.storage.disk import (
    GIGABYTE,
    MAX_INTERMEDIATE,
    folder_bytes,
    limit_bytes,
    resumable,
    state_path,
    sweep,
    thin,
)
from dlcore.runs.storage.store import Store


def checkpoints(epochs: int, folder: Path = Path("run")) -> list[Checkpoint]:
    return [Checkpoint(folder / f"epoch-{e:03d}.safetensors", "digest", e, 5 * e) for e in range(epochs + 1)]


# --- Thinning -------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", range(0, 201, 7))
def test_few_are_kept_evenly_and_the_newest_always(epochs: int) -> None:
    *intermediate, newest = thin(checkpoints(epochs))
    assert newest.epoch == epochs
    assert len(intermediate) <= MAX_INTERMEDIATE
    gaps = {b.epoch - a.epoch for a, b in pairwise(intermediate)}
    assert len(gaps) <= 1
    if epochs > MAX_INTERMEDIATE:
        assert len(intermediate) >= MAX_INTERMEDIATE // 2


def test_thinning_at_every_epoch_ends_as_thinning_once() -> None:
    kept: tuple[Checkpoint, ...] = ()
    for checkpoint in checkpoints(200):
        kept = thin((*kept, checkpoint))
    assert kept == thin(checkpoints(200))


def test_who_stops_within_an_epoch_keeps_the_end_of_the_one_before() -> None:
    kept: tuple[Checkpoint, ...] = ()
    within = Checkpoint(Path("halt.safetensors"), "digest", 27, 5 * 27 + 2)
    for checkpoint in (*checkpoints(27), within):
        kept = thin((*kept, checkpoint))
    assert [c.epoch for c in kept[-3:]] == [26, 27, 27]
    assert moment(kept, within) == "step 137, within epoch 28"


def halting(epochs: int, halts: int) -> list[Checkpoint]:
    """The same with so many stops within each epoch."""
    return sorted(
        [
            *checkpoints(epochs),
            *(
                Checkpoint(Path(f"halt-{e}-{n}.safetensors"), "digest", e, 5 * e + n)
                for e in range(epochs)
                for n in range(1, halts + 1)
            ),
        ],
        key=lambda checkpoint: checkpoint.step,
    )


def test_halts_within_epochs_stay_while_there_is_room_for_all() -> None:
    assert thin(halting(6, 3)) == tuple(halting(6, 3))
    assert thin(halting(7, 3)) == tuple(checkpoints(7))
    kept: tuple[Checkpoint, ...] = ()
    for checkpoint in [*halting(6, 3), *checkpoints(60)[7:]]:
        kept = thin((*kept, checkpoint))
        assert len(kept) <= MAX_INTERMEDIATE + 1
    assert kept == thin(checkpoints(60))


def test_nothing_stays_nothing() -> None:
    assert thin([]) == ()


def test_a_run_goes_on_from_the_newest_state(tmp_path: Path) -> None:
    found = checkpoints(4, tmp_path)
    assert resumable(found) is None
    for checkpoint in found[1:3]:
        state_path(checkpoint).write_bytes(b"state")
    assert resumable(found) == found[2]


# --- The budget -----------------------------------------------------------------------------------


def add_run(store: Store, run_id: str, created: float, status: str = "finished", owner: str = "anna") -> Run:
    """A run with four checkpoints of 1,000 bytes and a description of 100 each."""
    run = Run(run_id, owner, "mnist", run_id, {}, "running", created=created)
    store.create(run)
    folder = store.run_folder(run_id)
    saved = checkpoints(3, folder)
    for checkpoint in saved:
        checkpoint.path.write_bytes(bytes(1000))
        checkpoint.path.with_suffix(".json").write_bytes(bytes(100))
    store.record(run_id, [], saved)
    store.update(replace(run, status=status))  # type: ignore[arg-type]
    return run


def epochs_of(store: Store, run_id: str) -> list[int]:
    run = store.get(run_id)
    assert run is not None
    assert all(c.path.exists() and c.path.with_suffix(".json").exists() for c in run.checkpoints)
    return [checkpoint.epoch for checkpoint in run.checkpoints]


def test_the_oldest_ended_runs_give_up_all_but_their_last(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        for created, (run_id, status) in enumerate(
            [("active", "running"), ("second", "finished"), ("third", "stopped"), ("newest", "finished")]
        ):
            add_run(store, run_id, created, status)
        used = folder_bytes(tmp_path)
        assert make_room(store, used) == used
        assert epochs_of(store, "second") == [0, 1, 2, 3]

        assert make_room(store, used - 4_000) == used - 6_600  # each of two runs gives up three
        kept = {name: epochs_of(store, name) for name in ("active", "second", "third", "newest")}
        assert kept == {"active": [0, 1, 2, 3], "second": [3], "third": [3], "newest": [0, 1, 2, 3]}

        make_room(store, 0)
        assert epochs_of(store, "newest") == [3]
        assert epochs_of(store, "active") == [0, 1, 2, 3]


def thinned(store: Store) -> set[str]:
    return {run_id for run_id in store.known_runs() if len(epochs_of(store, run_id)) == 1}


def test_who_holds_most_gives_up_first(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        for created, run_id in enumerate(("ben 1", "anna 1", "anna 2", "anna 3", "carl 1", "carl 2")):
            add_run(store, run_id, created, owner=run_id[:-2])
        for room, given in ((1, {"anna 1"}), (3_301, {"anna 1", "anna 2", "carl 1"})):
            make_room(store, folder_bytes(tmp_path) - room)
            assert thinned(store) == given
        make_room(store, 0)
        assert len(thinned(store)) == 6


def test_who_holds_more_than_half_leaves_the_last_room_to_others(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        add_run(store, "anna 1", 1)
        hers = folder_bytes(store.run_folder("anna 1"))
        full, half = 2 * hers - 2, 2 * hers
        check_room(store, "anna", full, full)
        add_run(store, "ben 1", 2, owner="ben")
        said = r"^Your runs take 0\.00 of the .+ GB that all share: delete some before starting another\.$"
        with pytest.raises(RunError, match=said):
            check_room(store, "anna", full, full)
        check_room(store, "carl", full, full)
        check_room(store, "anna", half, half)
        check_room(store, "anna", full, 2 * full)


def test_the_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLLAB_DATA_GB", raising=False)
    assert limit_bytes() == 4 * GIGABYTE
    monkeypatch.setenv("DLLAB_DATA_GB", "0.5")
    assert limit_bytes() == GIGABYTE // 2
    monkeypatch.setenv("DLLAB_DATA_GB", "much")
    with pytest.raises(ConfigError, match=r"^DLLAB_DATA_GB must be a number of gigabytes. Got 'much'"):
        limit_bytes()


# --- Orphans --------------------------------------------------------------------------------------


@pytest.mark.own_database
def test_what_no_run_knows_is_swept(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        for run_id, status in (("ended", "finished"), ("under-way", "running")):
            add_run(store, run_id, 1.0, status)
        runs = tmp_path / "runs"
        (runs / "nobody").mkdir()
        (runs / "nobody" / "epoch-001.safetensors").write_bytes(b"weights")
        known = set((runs / "ended").iterdir())
        for name in ("epoch-009.safetensors", "epoch-001.json.part", "epoch-009.state"):
            (runs / "ended" / name).write_bytes(b"half")
            (runs / "under-way" / name).write_bytes(b"being written")
        assert sweep(runs, store.known_checkpoints(), store.active_ids()) == []
        assert set((runs / "ended").iterdir()) == known
        assert (runs / "under-way" / "epoch-009.state").exists()
    with closing(Store(tmp_path)) as store:
        assert not (runs / "nobody").exists()
        (aside,) = tmp_path.glob("damaged-*/runs/nobody")
        assert (aside / "epoch-001.safetensors").read_bytes() == b"weights"
        assert store.notice == (
            "1 run was in no record that can be read: the weights were put into "
            f"{aside.parents[1].name} in the data folder."
        )


def test_without_any_run_there_is_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "runs", {}, []) == []
