"""A data folder of an earlier version: every run is there, usable and comparable, and goes on to its end."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.blackpatch.config import PatchConfig
from dlcore.mnist.files import load_test
from dlcore.run import Run
from dlcore.runs.compare import differing, milestone, position, shared_metrics
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.runner import Runner
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage import database
from dlcore.runs.storage.checkpoints import load_config, load_model, load_state, load_weights
from dlcore.runs.storage.disk import resumable
from dlcore.runs.storage.store import Store
from dlcore.schema import Config
from dlcore.serving.predictor import make_predictor
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forks

pytestmark = pytest.mark.own_database
DATA = Path(__file__).with_name("old_data") / "data.zip"
ANNA, BEN = "anna" + 18 * "A", "ben" + 19 * "B"
CONFIGS: Mapping[str, type[Config]] = {"mnist": TrainConfig, "black_patch": PatchConfig}


@dataclass(frozen=True)
class Old:
    """What the earlier version knew of a run."""

    id: str
    kind: str
    status: str
    step: int
    total_steps: int
    checkpoints: tuple[tuple[int, int], ...]  # epoch, step
    settings: Mapping[str, object]
    last: Mapping[str, float]
    points: int  # of the learning rate
    prediction: float  # of the last weights: for the first test digit its largest share, for grey a patch


RUNS = {
    "Annas first": Old(
        id="aRV2e-2vIpEg",
        kind="mnist",
        status="finished",
        step=4,
        total_steps=4,
        checkpoints=((0, 0), (1, 2), (2, 4)),
        settings={"train_size": 200, "batch_size": 100, "epochs": 2, "momentum": 0.0, "lr": 1.0},
        last={"test_accuracy": 0.0958, "val_total": 100, "epoch_loss": 2.3044168949127197, "lr": 1.0},
        points=4,
        prediction=0.105437,
    ),
    "patch finished": Old(
        id="OChPMmGCmS8W",
        kind="black_patch",
        status="finished",
        step=600,
        total_steps=600,
        checkpoints=((0, 0), (1, 200), (2, 400), (3, 600)),
        settings={"hidden": "8", "train_size": 200, "epochs": 3, "lr": 0.01},
        last={"test_correct": 20, "fair_total": 40, "alive": 0.5, "epoch_loss": 0.6920672028686975},
        points=60,
        prediction=0.5070499589815497,
    ),
    "stopped": Old(
        id="hnc9U61pI_eg",
        kind="mnist",
        status="stopped",
        step=645,
        total_steps=2400,
        checkpoints=((0, 0), (1, 600), (1, 645)),
        settings={"train_size": 600, "batch_size": 1, "epochs": 4, "momentum": 0.0, "lr": 1.0},
        last={"val_accuracy": 0.08, "train_loss": 2.4493358731269836, "lr": 1.0},
        points=53,
        prediction=0.234503,
    ),
    "interrupted": Old(
        id="Bcnvv9iMu0wG",
        kind="mnist",
        status="interrupted",
        step=1236,
        total_steps=1800,
        checkpoints=((0, 0), (1, 600), (2, 1200)),
        settings={"train_size": 600, "batch_size": 1, "epochs": 3, "momentum": 0.5, "lr": 0.2},
        last={"val_accuracy": 0.13, "set_lr": 0.1, "lr": 0.1},
        points=103,
        prediction=0.119612,
    ),
    "patch interrupted": Old(
        id="kQOPnF37QR8_",
        kind="black_patch",
        status="interrupted",
        step=1140,
        total_steps=4000,
        checkpoints=((0, 0), (1, 400), (2, 800)),
        settings={"hidden": "8-4", "train_size": 400, "epochs": 10, "lr": 0.01},
        last={"test_correct": 20, "false_alarms": 1, "epoch_accuracy": 0.4575},
        points=56,
        prediction=0.5062144329636895,
    ),
    "shared": Old(
        id="FC2AxW-WoWJj",
        kind="mnist",
        status="finished",
        step=600,
        total_steps=600,
        checkpoints=((0, 0), (1, 600)),
        settings={"train_size": 600, "batch_size": 1, "epochs": 1, "momentum": 0.0, "lr": 1.0},
        last={"test_accuracy": 0.0974, "test_correct": 974, "lr": 1.0},
        points=50,
        prediction=0.234504,
    ),
}


def unpacked(folder: Path) -> Path:
    """The old folder in a place where it has never been."""
    with zipfile.ZipFile(DATA) as packed:
        packed.extractall(folder)
    for about in folder.glob("runs/*/epoch-000-step-000000.json"):
        if not about.with_suffix(".safetensors").exists():
            shutil.copy(shipped_run("mnist").checkpoints[0].path, about.with_suffix(".safetensors"))
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """As it was."""
    store = Store(unpacked(tmp_path_factory.mktemp("old")))
    yield store
    store.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, wait_until: WaitUntil, forks: Forks) -> Iterator[Lab]:
    """A server that starts on another copy of it."""
    store = Store(unpacked(tmp_path_factory.mktemp("going-on")))
    runner = Runner(store, pool=forks.pool(), max_workers=1)
    yield Lab(runner, wait_until)
    runner.close()
    store.close()


def stored(store: Store, name: str) -> Run:
    run = store.get(RUNS[name].id)
    assert run is not None
    return run


def test_it_opens_and_lists_every_run(store: Store) -> None:
    assert store.notice == ""
    of_anna = ["patch interrupted", "interrupted", "stopped", "patch finished", "Annas first"]
    assert [run.name for run in store.runs_of(ANNA)] == of_anna, "the newest first"
    assert [run.name for run in store.runs_of(BEN)] == ["shared"]
    assert (stored(store, "shared").shared, stored(store, "stopped").shared) == (True, False)
    assert (store.owner_of("TB5Z6DA5"), store.code_of(BEN)) == (BEN, "TB5Z6DA5")
    assert store.active_ids() == []
    with store._transaction() as connection:
        rows = connection.execute(sa.select(database.RUNS.c.losses, database.RUNS.c.lost_at)).all()
    assert [tuple(row) for row in rows] == [(0, 0)] * len(RUNS), "columns that came later"


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_as_it_was(store: Store, name: str) -> None:
    run, old = stored(store, name), RUNS[name]
    assert (run.name, run.kind, run.status, run.step) == (name, old.kind, old.status, old.step)
    assert (run.total_steps, run.threads, run.reason) == (old.total_steps, 1, "")
    config = CONFIGS[old.kind].model_validate(run.config)
    assert config.model_dump() == type(config)().model_dump() | run.config, "later knobs as they stand alone"
    assert {key: run.config[key] for key in old.settings} == old.settings
    assert {key: run.series[key][-1].value for key in old.last} == pytest.approx(old.last)
    assert len(run.series["lr"]) == old.points
    assert tuple((c.epoch, c.step) for c in run.checkpoints) == old.checkpoints
    assert run.watched
    assert run.seconds > 0


@pytest.mark.parametrize("name", RUNS)
def test_its_checkpoints_load_and_predict(store: Store, name: str) -> None:
    run, old = stored(store, name), RUNS[name]
    for checkpoint in run.checkpoints:
        assert checkpoint.path.is_relative_to(store.folder)
        assert load_weights(checkpoint)
        config = load_config(checkpoint, CONFIGS[old.kind])
        assert config.model_dump() == type(config)().model_dump() | run.config
    newest = resumable(run.checkpoints)
    assert newest is not None
    assert load_state(newest)
    if old.kind == "mnist":
        predictor = make_predictor(*load_model(run.checkpoints[-1]))
        prediction = predictor.predict(load_test().images[0, 0].numpy())
        assert max(prediction.probabilities) == pytest.approx(old.prediction, abs=1e-5)
    else:
        network, _ = load_network(run.checkpoints[-1])
        assert network.predict([0.1] * 81) == pytest.approx(old.prediction)


def test_its_runs_can_be_compared(store: Store) -> None:
    first, stopped, patch = (stored(store, name) for name in ("Annas first", "stopped", "patch finished"))
    assert differing([first, stopped]) == {
        "train_size": (200, 600),
        "epochs": (2, 4),
        "batch_size": (100, 1),
    }
    assert (first.steps_per_epoch, stopped.steps_per_epoch, patch.steps_per_epoch) == (2, 600, 200)
    assert position(stopped, stopped.series["val_loss"][0], "epoch") == 1
    assert milestone(patch, 0.5, "test") is not None
    assert milestone(patch, 0.5, "val") is None
    assert "train_loss" in shared_metrics([first, stopped, patch])
    assert "alive" not in shared_metrics([first, stopped, patch])


# --- They go on -------------------------------------------------------------------------------


def test_a_servers_start_leaves_all_of_it(lab: Lab) -> None:
    for old in RUNS.values():
        assert all(checkpoint.path.exists() for checkpoint in lab.stored(old.id).checkpoints)


def finished(lab: Lab, name: str) -> Run:
    run_id = RUNS[name].id
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", f"it finishes: {lab.get(run_id)}")
    return lab.stored(run_id)


def test_an_interrupted_run_goes_on_with_the_rate_it_was_moved_to(lab: Lab) -> None:
    before = stored(lab.runner.store, "interrupted")
    lab.control(before.id, "resume")
    run = finished(lab, "interrupted")
    assert (run.step, run.epoch, run.checkpoints[-1].step) == (1800, 3, 1800)
    assert run.controls() == ((639, "lr", 0.1),)
    assert {m.value for m in run.series["lr"] if m.step > 1200} == {0.1}
    kept = [m for m in before.series["train_loss"] if m.step <= 1200]
    assert list(run.series["train_loss"][: len(kept)]) == kept
    assert run.last("test_accuracy")


def test_an_interrupted_run_of_the_black_patch_goes_on(lab: Lab) -> None:
    lab.control(RUNS["patch interrupted"].id, "resume")
    run = finished(lab, "patch interrupted")
    assert (run.step, run.epoch, len(run.checkpoints)) == (4000, 10, 11)


def test_a_stopped_run_goes_on_from_its_last_whole_epoch(lab: Lab) -> None:
    lab.runner.resume(RUNS["stopped"].id)
    run = finished(lab, "stopped")
    steps = [c.step for c in run.checkpoints]
    assert steps == sorted(steps)
    assert set(steps) >= {0, 600, 1200, 1800, 2400}


def test_a_finished_run_goes_on_for_more_epochs(lab: Lab) -> None:
    before = stored(lab.runner.store, "Annas first")
    longer = TrainConfig.model_validate(before.config).replace(epochs=3)
    lab.runner.resume(before.id, config=longer)
    run = finished(lab, "Annas first")
    assert (run.step, run.total_steps, run.epoch) == (6, 6, 3)
    assert run.config == longer.model_dump()
    assert [c.step for c in run.checkpoints] == [0, 2, 4, 6]
    kept = before.series["train_loss"]
    assert list(run.series["train_loss"][: len(kept)]) == list(kept)
    assert run.last("test_accuracy")
