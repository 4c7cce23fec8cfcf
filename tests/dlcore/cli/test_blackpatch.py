"""The black patch on the command line: trained, recorded, profiled from inside and from outside."""

from __future__ import annotations

import json
import os
import pstats
import shlex
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.training import make_data, start, train
from dlcore.cli import blackpatch
from dlcore.cli.main import app
from dlcore.errors import DlcoreError
from dlcore.events import EpochEnd, Evaluated
from dlcore.inspection.python_profile.result import ProfileConfig
from dlcore.inspection.python_profile.words import train_command
from dlcore.runs.local import OWNER
from dlcore.runs.storage.store import Store
from dlcore.schema import knobs
from tests.dlcore.cli import call
from tests.dlcore.inspection.python_profile.profiles import profile_of

ROOT = Path(__file__).parents[3]
TINY = PatchConfig(epochs=2, train_size=100, test_size=40, lr=0.1, seed=3)
ARGUMENTS = "--epochs 2 --train-size 100 --test-size 40 --lr 0.1 --seed 3"

invoke = partial(call.invoke, app, "black-patch")


def test_training_ends_with_one_json_object_of_what_the_loop_says() -> None:
    answer = json.loads(invoke("train", *ARGUMENTS.split(), "--json").splitlines()[-1])
    data = make_data(TINY.maker, train_size=100, test_size=40, seed=3)
    events = list(train(start(TINY.widths, init=TINY.init, lr=TINY.lr, seed=3), data, TINY.recipe))
    assert answer["train_loss"] == [e.loss for e in events if isinstance(e, EpochEnd)][-1]
    tests = {e.split: e.accuracy for e in events if isinstance(e, Evaluated)}
    assert (answer["test_accuracy"], answer["fair_test_accuracy"]) == (tests["test"], tests["fair"])
    assert 0 <= answer["positions_found"] <= 25
    assert answer["epochs"] == 2
    assert answer["seconds"] > 0
    assert answer["config"] == TINY.model_dump()


def test_the_run_is_in_the_store(data_dir: Path) -> None:
    answer = json.loads(invoke("train", *ARGUMENTS.split(), "--json").splitlines()[-1])
    with closing(Store(data_dir)) as store:
        (run,) = store.runs_of(OWNER)
        full = store.get(run.id)
    assert full is not None
    assert (full.id, full.kind, full.status) == (answer["run_id"], "black_patch", "finished")
    assert full.series["fair_accuracy"][-1].value == answer["fair_test_accuracy"]
    assert [checkpoint.epoch for checkpoint in full.checkpoints] == [0, 1, 2]


def test_training_says_how_it_goes_and_the_preset_names_the_run(data_dir: Path) -> None:
    words = invoke("train", "--preset", "too_big", "--train-size", "20", "--test-size", "20", "--epochs", "1")
    assert "epoch 1: loss " in words
    assert "of 25 places" in words
    with closing(Store(data_dir)) as store:
        assert [run.name for run in store.runs_of(OWNER)] == ["black patch"]


def test_every_setting_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    for command, config in (("train", PatchConfig), ("profile", ProfileConfig)):
        words = invoke(command, "--help")
        options = [f"--{name.replace('_', '-')}" for name in knobs(config)]
        assert [option for option in [*options, "--json"] if option not in words] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("train", "--preset", "slow"), r"^Preset must be one of quick, book, .+\. Got 'slow' instead\.$"),
        (("train", "--hidden", "0"), r"^Hidden units must be 1 to 4 widths .+ Got '0' instead\.$"),
        (("profile", "--epochs", "9"), r"^Epochs must be a whole number from 1 to 5\. Got '9' instead\.$"),
    ],
)
def test_mistakes_are_named(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(DlcoreError, match=sentence):
        invoke(*arguments)


SHORT = ("--train-size", "40", "--test-size", "20")


def test_a_profile_leaves_a_pstats_and_a_dot_file(tmp_path: Path) -> None:
    out, dot = tmp_path / "a.pstats", tmp_path / "a.dot"
    answer = json.loads(invoke("profile", *SHORT, "--out", str(out), "--dot", str(dot), "--json"))
    assert "train_step" in {name for _, _, name in pstats.Stats(str(out)).stats}  # type: ignore[attr-defined]
    assert dot.read_text(encoding="utf-8").startswith("digraph {")
    assert "Dense.forward" in dot.read_text(encoding="utf-8")
    assert answer["layer_one_multiply_adds"] == 4536 / 4592
    assert answer["functions"].keys() >= {"Dense.forward", "Dense.nudge"}
    assert answer["config"]["train_size"] == 40


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it had just been measured."""
    monkeypatch.setattr(blackpatch, "measured", lambda result, kind, config: profile_of())


@pytest.mark.usefixtures("measured")
def test_a_profile_is_also_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = invoke("profile")
    assert "Layer 1's multiply-adds: " in words
    assert "Wrote profile.pstats and profile.dot." in words
    assert (tmp_path / "profile.pstats").read_bytes() == profile_of().pstats


@pytest.mark.usefixtures("measured")
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "a.pstats"
    with pytest.raises(DlcoreError, match=r"a\.pstats cannot be written \(No such file .+\): name another"):
        invoke("profile", "--out", str(out))


def test_the_shown_command_works_under_cprofile(tmp_path: Path, python_environment: dict[str, str]) -> None:
    """As in the lesson: a profile taken from outside, of the very command that the page shows."""
    out = tmp_path / "out.pstats"
    command = train_command(ProfileConfig(train_size=40, test_size=20))
    done = subprocess.run(
        [sys.executable, "-m", "cProfile", "-o", str(out), *shlex.split(command), "--json"],
        cwd=ROOT,
        env=os.environ | python_environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout.splitlines()[-1])["epochs"] == 1
    stats = pstats.Stats(str(out)).stats  # type: ignore[attr-defined]
    assert {entry[1] for (_, _, name), entry in stats.items() if name == "backward"} == {40}  # steps
