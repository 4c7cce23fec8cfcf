"""DLLAB_ENGINE: where work is computed, and that nothing else is taken in its place."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.errors import RunError
from dlcore.runs.engine import STEPS_BACK, VARIABLE, open_engine
from dlcore.runs.pool import LocalPool
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig

CONFIG = TrainConfig(train_size=100, val_size=0, epochs=1, batch_size=20, device="cpu")


def test_without_a_word_it_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    engine = open_engine()
    assert isinstance(engine.runs, LocalPool)
    assert isinstance(engine.tasks, LocalPool)
    assert engine.runs.trouble == ""


@pytest.mark.parametrize(
    ("said", "nice"), [("", [10, 15]), ("0", [0, 0]), ("12", [10, 12]), ("19", [10, 15])]
)
def test_computing_steps_back_no_further_than_is_said(
    monkeypatch: pytest.MonkeyPatch, said: str, nice: list[int]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(STEPS_BACK, said)
    engine, started = open_engine(), list[int]()
    for pool in (engine.runs, engine.tasks):
        assert isinstance(pool, LocalPool)
        started.append(pool._start.keywords["nice"])  # type: ignore[attr-defined]
    assert started == nice


@pytest.mark.parametrize("said", ["-1", "20", "1.5", "low", "x" * 100])
def test_how_far_is_a_number_or_a_sentence(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(STEPS_BACK, said)
    trouble = open_engine().runs.trouble
    assert trouble.startswith("DLLAB_NICE must be a whole number from 0, ")
    assert trouble.endswith(f"Got {said[:40]!r} instead.")


@pytest.mark.parametrize(
    "named", ["Ray", "ray://head", "http://head:10001", "ray://head:10001/x", "a b:1", "x"]
)
def test_another_name_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv(VARIABLE, named)
    trouble = open_engine().runs.trouble
    assert trouble == (
        f"DLLAB_ENGINE must be ray, ray://HOST:10001 or HOST:6379, or empty for this machine. "
        f"Got {named!r} instead."
    )


def test_without_ray_nothing_is_computed_and_a_sentence_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, "ray")
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("dlcore.runs.ray_pool", "dlcore.runs.ray_worker"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    engine = open_engine()
    sentence = "needs Ray, which is not installed: `pip install -r requirements-cluster.txt`"
    with (
        closing(Store(tmp_path)) as store,
        closing(Runner(store, pool=engine.runs, cores=1, max_workers=1)) as runner,
        closing(Tasks(engine.tasks, processes=engine.processes)) as tasks,
    ):
        tasks.prepare("evaluate")
        with pytest.raises(RunError, match=sentence):
            runner.submit("anna", "mnist", CONFIG, name="a run")
        with pytest.raises(RunError, match=sentence):
            runner.resume("nobody's")
        with pytest.raises(RunError, match=sentence):
            tasks.submit("evaluate", {}, key="a", session="one")
        assert store.runs_of("anna") == []
