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


def test_the_oldest_of_many_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 2)
    sweeps = [kept(store, at=float(number)) for number in (1, 2, 3)]
    assert [listed.id for listed in store.listed_sweeps("anna")] == [sweeps[2].id, sweeps[1].id]


def test_a_damaged_row_says_nothing_of_the_others(store: Store) -> None:
    sweep = kept(store)
    for number, plan in enumerate(("", "[]", '{"entries": 3}', '{"base": {}, "entries": [{}]}')):
        row = {"id": str(number), "owner": "anna", "name": "x", "plan": plan, "status": "running"}
        with store._transaction() as connection:
            connection.execute(SWEEPS.insert().values(row | {"lease": "", "heartbeat": 0.0, "at": 9e9}))
    assert store.running_sweeps() == [sweep]
    assert store.sweep("0") is None
