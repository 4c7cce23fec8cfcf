"""The command line as people and scripts use it: words for one, one JSON object for the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from dlcore.cli.main import app
from dlcore.data import Splits
from dlcore.errors import DlcoreError
from dlcore.events import EpochEnd
from dlcore.mnist.files import load_test
from dlcore.runs.local import OWNER
from dlcore.runs.storage.store import Store
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train

ROOT = Path(__file__).parents[3]
TINY = TrainConfig(train_size=2000, val_size=100, epochs=2, batch_size=50, augment=True, device="cpu", seed=3)
ARGUMENTS = (
    "mnist train --train-size 2000 --val-size 100 --epochs 2 --batch-size 50 --augment --device cpu --seed 3"
)


def lab(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m dlcore …` as a process of its own."""
    environment = os.environ | {"DLLAB_DATA_DIR": str(folder), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, "-m", "dlcore", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@dataclass(frozen=True)
class Trained:
    folder: Path
    output: str
    answer: dict[str, Any]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run trained by the command line, once for all tests here."""
    folder = tmp_path_factory.mktemp("cli")
    done = lab(folder, *ARGUMENTS.split(), "--threads", "1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return Trained(folder, done.stdout, json.loads(done.stdout.splitlines()[-1]))


Invoke = Callable[..., str]


@pytest.fixture
def invoke(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """A command in this process, in the folder of the trained run: what it printed."""
    monkeypatch.setenv("DLLAB_DATA_DIR", str(trained.folder))

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, DlcoreError):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


# --- train ----------------------------------------------------------------------------------------


def test_training_ends_with_one_json_object(trained: Trained) -> None:
    answer = trained.answer
    assert answer.keys() >= {
        "test_accuracy",
        "test_wrong",
        "seconds",
        "epochs",
        "run_id",
        "train_losses",
        "config",
    }
    assert answer["config"] == TINY.model_dump()
    assert answer["epochs"] == len(answer["train_losses"]) == 2
    assert answer["test_accuracy"] == pytest.approx(1 - answer["test_wrong"] / 10_000)
    assert answer["test_accuracy"] > 0.8
    assert answer["seconds"] > 0


def test_training_says_how_it_goes(trained: Trained) -> None:
    assert "epoch 1: training loss" in trained.output
    assert "epoch 2: training loss" in trained.output
    assert "test: loss" in trained.output


def test_its_losses_are_those_of_the_loop(trained: Trained, small_splits: Callable[..., Splits]) -> None:
    events = train(start(TINY), small_splits(2000, 100, 10))
    assert trained.answer["train_losses"] == [e.loss for e in events if isinstance(e, EpochEnd)]


def test_the_run_is_in_the_store(trained: Trained) -> None:
    store = Store(trained.folder)
    (run,) = store.runs_of(OWNER)
    full = store.get(run.id)
    store.close()
    assert full is not None
    assert (full.id, full.status, full.name) == (trained.answer["run_id"], "finished", "FastCNN")
    assert full.config == TINY.model_dump()
    assert full.series["test_accuracy"][0].value == trained.answer["test_accuracy"]
    assert sorted({checkpoint.epoch for checkpoint in full.checkpoints}) == [0, 1, 2]


def test_every_setting_is_an_option(invoke: Invoke) -> None:
    words = invoke("mnist", "train", "--help")
    options = [f"--{name.replace('_', '-')}" for name in knobs(TrainConfig)]
    assert [option for option in [*options, "--preset", "--threads", "--json"] if option not in words] == []


# --- Mistakes -------------------------------------------------------------------------------------


def test_a_mistake_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    done = lab(tmp_path, "mnist", "train", "--lr", "99")
    sentence = "Learning rate must be a number from 0.000001 to 10. Got '99' instead.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("train", "--preset", "slow"),
            r"^Preset must be one of fast, best, lesson, book, class\. Got 'slow' instead\.$",
        ),
        (
            ("train", "--epochs", "many"),
            r"^Epochs must be a whole number from 1 to 200\. Got 'many' instead\.$",
        ),
        (("train", "--train-size", "60000"), r"^Training and validation images must be 60,000 together"),
        (("evaluate", "--run", "nobody"), r"^There is no digits run 'nobody' on this machine: .+\.$"),
        (
            ("infer", "--image", "nowhere.png"),
            r"^nowhere\.png cannot be read \(No such file or directory\): name .+\.$",
        ),
        (("infer", "--image", "pyproject.toml"), r"^This file is not a readable image; use a PNG or JPEG\.$"),
    ],
)
def test_mistakes_are_named(
    invoke: Invoke, arguments: Sequence[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(DlcoreError, match=sentence):
        invoke("mnist", *arguments)


@pytest.mark.parametrize("arguments", [("mnist", "train", "--colour", "red"), ("mnist", "paint"), ("x",)])
def test_what_there_is_not_is_a_usage_error(invoke: Invoke, arguments: Sequence[str]) -> None:
    assert "No such" in invoke(*arguments, code=2)


# --- evaluate and infer ---------------------------------------------------------------------------


def test_evaluating_the_run_gives_what_training_said(trained: Trained, invoke: Invoke) -> None:
    answer = json.loads(invoke("mnist", "evaluate", "--run", trained.answer["run_id"], "--json"))
    assert answer["test_wrong"] == trained.answer["test_wrong"]
    assert answer["test_accuracy"] == trained.answer["test_accuracy"]
    assert answer["epoch"] == 2


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """The first test digit, drawn as on paper: dark on light, ten times as large."""
    digit = load_test().images[0, 0].numpy()
    path = tmp_path / "seven.png"
    Image.fromarray(255 - digit).resize((280, 280), Image.Resampling.BICUBIC).save(path)
    return path


def test_a_picture_of_a_digit_is_recognised(trained: Trained, invoke: Invoke, seven: Path) -> None:
    run_id = trained.answer["run_id"]
    answer = json.loads(invoke("mnist", "infer", "--image", str(seven), "--run", run_id, "--json"))
    assert answer["digit"] == 7
    assert len(answer["probabilities"]) == 10
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert invoke("mnist", "infer", "--image", str(seven), "--run", run_id).startswith("7 (")


def test_without_a_run_the_shipped_model_answers(invoke: Invoke, seven: Path) -> None:
    assert json.loads(invoke("mnist", "infer", "--image", str(seven), "--json"))["digit"] == 7
