"""How many threads a run gets: what it was asked to take, whatever else runs; else what is free."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlcore.runs.protocol import Submission
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.recipes import PRESETS
from tests.dlcore.runs.fakes import Pool

CLASS = PRESETS["class"]


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def runner(pool: Pool, tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(Store(tmp_path), pool=pool, cores=8, max_workers=4)
    yield runner
    runner.close()
    runner.store.close()


def given(runner: Runner, pool: Pool, threads: int) -> list[int]:
    """What the workers of three owners' runs are told, one after the other."""
    ids = [runner.submit(o, "mnist", CLASS.config, name="a run", threads=threads) for o in ("a", "b", "c")]
    told = {m.id: m.threads for worker in pool.started for m in worker.sent if isinstance(m, Submission)}
    recorded = [run.threads for run in runner.active_runs()]
    assert recorded == [told[run_id] for run_id in ids]
    return recorded


def test_a_preset_for_a_room_has_one_thread_however_many_train(runner: Runner, pool: Pool) -> None:
    assert CLASS.threads == 1
    assert given(runner, pool, CLASS.threads) == [1, 1, 1]


def test_other_runs_share_what_is_free(runner: Runner, pool: Pool) -> None:
    assert given(runner, pool, PRESETS["fast"].threads) == [8, 4, 2]
