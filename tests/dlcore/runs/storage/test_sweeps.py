"""Sweeps outlive a store, are fed by one server at a time, and what is damaged says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.runs.storage import sweeps as module
from dlcore.runs.storage.database import SWEEPS
from dlcore.runs.storage.store import Store
from dlcore.sweep.record import Sweep, new_sweep
from dlcore.sweep.setup import SweepConfig, plan_of

PLAN = plan_of(SweepConfig(seeds=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as opened:
        yield opened


def kept(store: Store, owner: str = "anna", at: float = 0.0) -> Sweep:
    sweep = new_sweep(owner, "sweep-1", PLAN, stops=True)
    sweep = replace(sweep, at=at or sweep.at)
    store.keep_sweep(sweep, "ours")
    return sweep


def test_it_is_there_for_the_next_store_and_its_owner_alone(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        sweep = kept(store)
        sweep = sweep.changed(0, run_id="abc").changed(1, why="Lost.")
        store.note_sweep(sweep)
    with closing(Store(tmp_path)) as later:
        assert later.running_sweeps() == [sweep]
        assert later.listed_sweeps("anna") == [module.Listed(sweep.id, "sweep-1", "running")]
        assert later.sweep(sweep.id) == sweep
        assert later.listed_sweeps("ben") == []
        later.end_sweep(sweep.id, "stopped")
        later.end_sweep(sweep.id, "finished")
        ended = later.sweep(sweep.id)
        assert ended is not None
        assert ended.status == "stopped", "what has ended stays as it is"
        assert later.running_sweeps() == []


def test_one_server_feeds_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = kept(store)
    assert store.claim_sweep(sweep.id, "ours")
    assert not store.claim_sweep(sweep.id, "theirs")
    store.leave_sweeps("ours")
    assert store.claim_sweep(sweep.id, "theirs"), "what was left is free at once"
    monkeypatch.setattr(module, "STALE_SECONDS", -1.0)
    assert store.claim_sweep(sweep.id, "ours"), "who says nothing for long is gone"
    store.end_sweep(sweep.id, "finished")
    assert not store.claim_sweep(sweep.id, "ours")


def test_a_clock_that_is_set_back_leaves_no_sweep_without_a_feeder(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = kept(store)
    assert store.claim_sweep(sweep.id, "ours")
    now = store.now()
    monkeypatch.setattr(store, "now", lambda: now - 3600.0)
    assert store.claim_sweep(sweep.id, "theirs")
    assert not store.claim_sweep(sweep.id, "ours")


def test_the_oldest_of_many_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 2)
    sweeps = []
    for number in (1, 2, 3):
        sweeps.append(kept(store, at=float(number)))
        store.end_sweep(sweeps[-1].id, "finished")
    assert [listed.id for listed in store.listed_sweeps("anna")] == [sweeps[2].id, sweeps[1].id]


def test_a_damaged_row_says_nothing_of_the_others(store: Store) -> None:
    sweep = kept(store)
    for number, plan in enumerate(("", "[]", '{"entries": 3}', '{"base": {}, "entries": [{}]}')):
        row = {"id": str(number), "owner": "anna", "name": "x", "plan": plan, "status": "running"}
        with store._transaction() as connection:
            connection.execute(SWEEPS.insert().values(row | {"lease": "", "heartbeat": 0.0, "at": 9e9}))
    assert store.running_sweeps() == [sweep]
    assert store.sweep("0") is None
    statuses = [listed.status for listed in store.listed_sweeps("anna")]
    assert sorted(statuses) == ["running"] + 4 * ["stopped"], "else nobody could end them"


def test_what_is_under_way_is_never_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    first, ended = kept(store, at=1.0), kept(store, "ben", at=2.0)
    store.end_sweep(ended.id, "finished")
    for number in range(4):
        kept(store, f"owner {number}", at=3.0 + number)
    assert store.sweep(first.id) is not None
    assert store.sweep(ended.id) is None
