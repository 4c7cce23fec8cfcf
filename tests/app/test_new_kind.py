"""Runs of a kind that the lab has never seen: compared, repeated and shared on the Runs page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlcore.run import Run
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from tests.dlcore.runs.tug import TugConfig, register
from tests.forks import Forks
from ui import services

OpenPage = Callable[..., Any]
PATH, OWNER = "runs.py", "test_tug"


WaitUntil = Callable[..., None]


@pytest.fixture
def two(
    tmp_path: Path, wait_until: WaitUntil, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """Services that know the kind, and two finished runs of it."""
    register(monkeypatch)
    store = Store(tmp_path / "lab")
    runner = Runner(store, pool=forks.pool(), max_workers=1)
    ours = services.Services(store, runner, Tasks(forks.pool()))
    monkeypatch.setattr(services, "_services", ours)
    ids = [
        ours.runner.submit(OWNER, "tug", TugConfig(lr=lr), name=f"tug-{number}")
        for number, lr in enumerate((0.1, 0.2))
    ]
    wait_until(lambda: all(get(run_id).status == "finished" for run_id in ids), "they finish")
    yield ids
    ours.tasks.close()
    ours.runner.close()
    store.close()


def get(run_id: str) -> Run:
    run = services.store().get(run_id)
    assert run is not None
    return run


def test_runs_of_a_new_kind_are_compared_repeated_and_shared(open_page: OpenPage, two: list[str]) -> None:
    first, second = two
    page = open_page(PATH, owner=OWNER)
    runs, differences = page.tables()
    assert [(row["Name"], row["Kind"], row["Preset"]) for row in runs[:2]] == [
        ("tug-1", "Tug of war", "own settings"),
        ("tug-0", "Tug of war", "Even"),
    ]
    assert [row["Learning rate"] for row in differences] == ["0.2", "0.1"]
    page.at.segmented_control(key="runs__axis_few").set_value("epoch").run()
    charts = page.charts()
    (loss,) = [chart for chart in charts if chart["value"]]
    assert len(charts) == 2, "of accuracy there is nothing to draw"
    assert loss["value"] == pytest.approx(
        [m.value for run_id in (second, first) for m in get(run_id).series["train_loss"]]
    )
    assert loss["x"][:5] == [0.2, 0.4, 0.6, 0.8, 1.0], "an epoch has five steps"

    box = page.at.selectbox(key="runs__variation")
    assert [words for words in box.options if "batch" in words] == []
    box.set_value("next_seed").run()
    page.click("runs__again")
    page.wait(lambda: len(page.state("runs__pinned")) == 3, "all are compared")
    again = page.state("runs__pinned")[-1]
    page.wait(lambda: get(again).status == "finished", "it is over")
    assert get(again).config == {**get(second).config, "seed": 1}

    page = open_page(PATH, owner=OWNER, runs__pinned=first)
    page.at.toggle(key=f"runs__share_{first}").set_value(True).run()
    assert any(code.value.endswith(f"/runs?run={first}") for code in page.at.code)
    assert get(first).shared
    assert not page.sentences
