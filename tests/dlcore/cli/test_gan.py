"""The forger's game on the command line: trained, recorded, drawn; the same game in the plane."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from dlcore.cli.main import app
from dlcore.errors import ConfigError, RunError
from dlcore.gan.config import GanConfig
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.training import start, train_ahead
from dlcore.runs.local import OWNER
from dlcore.runs.storage.store import Store
from dlcore.schema import knobs
from tests.dlcore.cli import call

TINY = "--epochs 1 --noise 4 --width 4 --batch-size 4 --seed 3"
invoke, answer = partial(call.invoke, app, "gan"), partial(call.answer, app, "gan")


def test_training_ends_with_one_json_object_and_is_in_the_store(data_dir: Path) -> None:
    found = answer("train", *TINY.split())
    assert {"asked_read", "sure", "smallest_class", "frechet", "steps", "seconds"} <= set(found)
    assert found["steps"] == 100
    assert found["config"] == GanConfig(epochs=1, noise=4, width=4, batch_size=4, seed=3).model_dump()
    with closing(Store(data_dir)) as store:
        (run,) = store.runs_of(OWNER)
        full = store.get(run.id)
    assert full is not None
    assert (full.id, full.kind, full.status) == (found["run_id"], "gan", "finished")
    assert full.series["final_frechet"][-1].value == found["frechet"]


def test_training_says_how_it_goes() -> None:
    words = invoke("train", *TINY.split())
    assert "step 100: " in words
    assert "of 2,000 drawings " in words


def test_every_setting_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    words = invoke("train", "--help")
    assert [name for name in knobs(GanConfig) if f"--{name.replace('_', '-')}" not in words] == []


def test_the_ring_is_played_in_the_plane() -> None:
    found = answer("train", "--preset", "ring", "--steps", "20", "--seed", "1")
    assert (found["steps"], found["config"]) == (20, PlaneConfig(seed=1).model_dump())
    assert 0 <= found["modes"] <= 8
    assert 0 <= found["good"] <= 1
    assert "clouds" in invoke("train", "--preset", "ring", "--steps", "20")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            "--preset nice",
            "Preset must be one of digits, one_digit, strong, asleep, ring. Got 'nice' instead.",
        ),
        ("--lr-g 11", "Forger's learning rate must be a number from 0.000001 to 10. Got '11' instead."),
        ("--noise 1000", "Size of the noise must be a whole number from 1 to 128. Got '1000' instead."),
        ("--preset ring --width 8", "'width' is not a setting here"),
        ("--preset ring --steps 0", "Steps must be from 1 to 20,000. Got 0 instead."),
    ],
)
def test_what_cannot_be_is_said(arguments: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as told:
        invoke("train", *arguments.split())
    assert sentence in str(told.value)


def test_a_game_that_breaks_is_said_and_has_no_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(train_ahead(PlaneConfig(), start(PlaneConfig()), 0), last=None)
    monkeypatch.setattr("dlcore.cli.gan.train_ahead", lambda *given: broken)
    with pytest.raises(RunError, match="The game broke, its numbers are no longer finite"):
        invoke("train", "--preset", "ring", "--steps", "400")


@pytest.mark.parametrize(
    ("arguments", "most"),
    [("gan sample --seed 2147483648", "2147483647"), ("mnist train --threads 257", "256")],
)
def test_a_number_that_nothing_takes_is_refused(arguments: str, most: str) -> None:
    result = CliRunner().invoke(app, arguments.split())
    assert result.exit_code == 2
    assert most in result.output


def test_a_hundred_digits_are_drawn_by_the_shipped_forger(tmp_path: Path) -> None:
    out = tmp_path / "wall.png"
    assert answer("sample", "--out", str(out)) == {"out": str(out), "digits": 100}
    with Image.open(out) as picture:
        assert picture.size == (560, 560)
    again, other = tmp_path / "again.png", tmp_path / "other.png"
    invoke("sample", "--out", str(again))
    invoke("sample", "--out", str(other), "--seed", "1")
    assert again.read_bytes() == out.read_bytes() != other.read_bytes()


def test_an_unknown_run_is_said() -> None:
    with pytest.raises(RunError, match="There is no forger's game run 'x'"):
        invoke("sample", "--run", "x")


def test_a_forger_is_written_as_a_file_and_as_the_script_that_draws_with_it(tmp_path: Path) -> None:
    out = tmp_path / "forger.pt"
    found = answer("export", "--out", str(out))
    assert found["bytes"] == out.stat().st_size
    assert found["max_difference"] < 0.05
    script = tmp_path / "draw.py"
    invoke("export", "--format", "script", "--out", str(script))
    assert 'torch.jit.load("forger.pt")' in script.read_text()
    with pytest.raises(ConfigError, match="Format must be one of torchscript, onnx, script"):
        invoke("export", "--format", "gif", "--out", str(out))
