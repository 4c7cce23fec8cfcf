"""The model that comes with the lab is an ordinary run: complete, sound and as good as it claims."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dlcore.errors import CheckpointError, RunError
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Run
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.local import iter_local_run
from dlcore.runs.shipped import OWNER, export_run, read_shipped, shipped_named, shipped_run, shipped_runs
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.storage.store import Store
from dlcore.schema import parse
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import evaluate

FOLDER = RUN_KINDS["mnist"].shipped.path  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def run() -> Run:
    return shipped_run("mnist")


# --- What is shipped ------------------------------------------------------------------------------


def test_it_is_a_finished_run(run: Run) -> None:
    assert (run.id, run.owner, run.status, run.kind) == ("shipped", OWNER, "finished", "mnist")
    assert run.step == run.total_steps == parse(TrainConfig, run.config).total_steps
    assert run.epoch == run.config["epochs"]
    assert run.seconds > 0


def test_its_history_is_complete(run: Run) -> None:
    epochs = list(range(1, run.epoch + 1))
    for name in ("epoch_loss", "epoch_accuracy", "val_loss", "val_accuracy"):
        assert [point.epoch for point in run.series[name]] == epochs
    assert len(run.series["test_accuracy"]) == 1
    losses = run.series["train_loss"]
    assert len(losses) >= 500
    assert losses[-1].value < losses[0].value / 10
    for points in run.series.values():
        assert all(before.step < after.step for before, after in pairwise(points))
        assert all(before.seconds <= after.seconds for before, after in pairwise(points))


def test_it_keeps_what_it_watched(run: Run) -> None:
    assert isinstance(run.watched, tuple)
    assert len(run.watched) == 12
    for probabilities in run.watched:
        assert isinstance(probabilities, tuple)
        assert sum(probabilities) == pytest.approx(1, abs=1e-4)


def test_its_checkpoints_are_some_of_its_epochs(run: Run) -> None:
    assert [checkpoint.epoch for checkpoint in run.checkpoints] == [0, 1, 2, 5, 10, 20]
    for checkpoint in run.checkpoints:
        _, config = load_model(checkpoint)  # sound, and fitting its net
        assert config == TrainConfig(**run.config)


def test_it_is_as_good_as_it_claims(run: Run) -> None:
    model, config = load_model(run.checkpoints[-1])
    wrong = 10_000 - evaluate(model, load_test(), NORMALIZE[config.normalize]).correct
    claimed = run.last("test_correct")
    assert claimed is not None
    assert wrong == pytest.approx(10_000 - claimed.value, abs=2)  # another machine rounds otherwise
    assert wrong <= 60


def test_the_readme_beside_it_tells_the_same(run: Run) -> None:
    readme = (FOLDER.parent / "README.md").read_text()
    claimed = run.last("test_correct")
    assert claimed is not None
    assert f"{claimed.value / 100:.2f} %" in readme
    assert re.search(rf"\({10_000 - claimed.value:.0f} wrong\)", readme)


def test_nothing_else_lies_beside_it() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".safetensors", ".json"}


# --- Shipping another -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    store = Store(tmp_path_factory.mktemp("store"))
    config = TrainConfig(train_size=200, val_size=100, epochs=2, batch_size=40, device="cpu")
    *_, (run_id, _) = iter_local_run(store, "mnist", config, name="tiny", threads=1)
    run = store.get(run_id)
    store.close()
    assert run is not None
    return run


@pytest.fixture
def exported(trained: Run, tmp_path: Path) -> Path:
    export_run(trained, {0, 2}, tmp_path / "shipped")
    return tmp_path / "shipped"


def test_an_exported_run_comes_back(trained: Run, exported: Path) -> None:
    run = read_shipped(exported)
    bare = {"series": {}, "checkpoints": ()}
    expected = replace(trained, id="shipped", owner=OWNER, name="The shipped model", **bare)  # type: ignore[arg-type]
    assert replace(run, **bare) == expected  # type: ignore[arg-type]
    assert run.series.keys() == trained.series.keys()
    for name, points in run.series.items():
        for ours, theirs in zip(points, trained.series[name], strict=True):
            assert (ours.name, ours.step, ours.epoch) == (theirs.name, theirs.step, theirs.epoch)
            assert ours.value == pytest.approx(theirs.value, rel=1e-4), "a small number is a number, too"
    kept = [c for c in trained.checkpoints if c.epoch in (0, 2)]
    assert [(c.digest, c.epoch, c.step) for c in run.checkpoints] == [
        (c.digest, c.epoch, c.step) for c in kept
    ]
    load_model(run.checkpoints[-1])


@pytest.mark.parametrize("damage", ["missing", "cut", "other", "list", "checkpoint"])
def test_a_damaged_export_gives_a_sentence(exported: Path, damage: str) -> None:
    path = exported / "run.json"
    if damage == "missing":
        shutil.rmtree(exported)
    elif damage == "checkpoint":
        next(exported.glob("epoch-*.json")).write_text("{")
    else:
        text = path.read_text()
        path.write_text({"cut": text[: len(text) // 2], "other": "{}", "list": "[]"}[damage])
    with pytest.raises(CheckpointError, match=r"^The .+ cannot be read.*: .+\.$"):
        read_shipped(exported)


def test_every_kind_of_run_ships_one_with_its_weights() -> None:
    # Else it is another's images, or goes on from another's shipped run.
    kinds = [name for name, kind in RUN_KINDS.items() if kind.page and not kind.shown_as]
    assert [run.kind for run in shipped_runs()] == kinds == ["mnist", "black_patch", "gan"]
    for kind in kinds:
        run, shipped = shipped_run(kind), RUN_KINDS[kind].shipped
        assert shipped is not None
        assert run is shipped_named(shipped.id)
        assert (run.id, run.name, run.kind, run.status) == (shipped.id, shipped.name, kind, "finished")
        assert run.checkpoints[0].epoch == 0
        assert run.checkpoints[-1].step == run.total_steps
    assert shipped_named("another") is None


def test_a_kind_that_ships_none_says_so(trained: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="comes with the lab: train one"):
        shipped_run("another")
    with pytest.raises(RunError, match="comes with the lab: train one"):
        export_run(replace(trained, kind="another"), {0}, tmp_path / "shipped")
