"""What the machine has left, and what is said of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from dlcore.errors import StoreError
from dlcore.journal import close_journal, last_lines, open_journal
from dlcore.runs import machine
from dlcore.runs.machine import LITTLE_BYTES, Machine, machine_now, verdict
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.fakes import Pool


def test_it_counts_what_trains_and_what_waits(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with closing(Store(tmp_path)) as store, closing(Runner(store, pool=Pool(), max_workers=1)) as runner:
        tasks = Tasks(Pool())
        before = machine_now(runner, tasks)
        ids = [runner.submit(f"{n:022}", "mnist", TrainConfig(), name="r") for n in range(14)]
        tasks.submit("surface", {}, key="k", session="s")
        now = machine_now(runner, tasks)
        assert before.training == before.queued == 0
        assert (now.training + now.queued, now.queued > 0) == (14, True)
        assert (now.tasks, now.waiting_tasks) == (1, 0)
        assert now.workers >= 2
        assert 0 < now.own_bytes < now.memory_bytes
        assert now.memory_bytes == psutil.virtual_memory().total
        assert now.disk_free_bytes > 0
        assert now.busy is None
        assert machine_now(runner, tasks, 0.5).busy == 0.5
        runner.control(ids[-1], Control("stop"))
    close_journal(journal)
    lines = last_lines(tmp_path, 99)
    assert any(f"run ended id={ids[-1]} kind=mnist status=stopped" in line for line in lines)
    assert any(f"run begun id={ids[0]} kind=mnist" in line for line in lines)
    assert f"{0:022}" not in "".join(lines), "owners stand nowhere"


def test_a_folder_whose_disk_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "data")) as store, closing(Runner(store, pool=Pool())) as runner:
        store.folder = tmp_path / "gone"
        with pytest.raises(StoreError, match="is its disk"):
            machine_now(runner, Tasks(Pool()))


def test_busy_is_the_share_of_the_cores_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    real = psutil.cpu_times()
    still = real._replace(**dict.fromkeys(real._fields, 0.0))
    looks = iter([still, still._replace(user=6.0, idle=2.0), still._replace(user=7.0, nice=2.0, idle=5.0)])
    monkeypatch.setattr(psutil, "cpu_times", lambda: next(looks))
    first, second, third = (machine.look() for _ in range(3))
    assert second.share_since(first) == 6 / 8
    assert third.share_since(second) == 3 / 6
    assert third.share_since(first) == 9 / 14, "each viewer has a last look of their own"
    assert first.share_since(None) is None
    assert third.share_since(third) is None, "no time has passed"


WELL = Machine(2, 0.1, 8 * 10**9, 4 * 10**9, 10**9, 50 * 10**9, 0, 4 * 10**9, 2, 0, 0, 0, 0, 0, "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Cores, memory and disk have room"),
        ({"busy": 0.95}, "All cores are busy"),
        ({"busy": None}, "Cores, memory and disk have room"),
        ({"queued": 3, "busy": 1.0}, "they begin in turn"),
        ({"outside": 1, "queued": 3, "busy": 1.0}, "1 person waits outside"),
        ({"outside": 12}, "12 people wait outside"),
        ({"disk_free_bytes": LITTLE_BYTES - 1, "queued": 3}, "The disk is nearly full"),
        ({"free_memory_bytes": LITTLE_BYTES - 1, "queued": 3}, "Memory is short"),
        ({"trouble": "The disk is full.", "free_memory_bytes": 0}, "The disk is full."),
    ],
)
def test_what_is_scarcest_is_said(change: dict[str, object], words: str) -> None:
    assert words in verdict(replace(WELL, **change))  # type: ignore[arg-type]
