"""`export` and `convert-to-torch-script`: a file, numbers as JSON, sentences for what cannot be."""

from __future__ import annotations

import json
import zipfile
from functools import partial
from pathlib import Path

import pytest

from dlcore.cli import mnist_export
from dlcore.cli.mnist import app
from dlcore.errors import ConfigError, RunError, UploadError
from tests.dlcore.cli import call

invoke = partial(call.invoke, app)


def test_convert_writes_torchscript_that_agrees(tmp_path: Path) -> None:
    out = tmp_path / "model.pt"
    answer = json.loads(invoke("convert-to-torch-script", "--out", str(out), "--json").splitlines()[-1])
    assert (answer["run_id"], answer["net"], answer["epoch"]) == ("shipped", "FastCNN", 20)
    assert answer["bytes"] == out.stat().st_size
    assert answer["max_difference"] <= 1e-5
    assert answer["images"] == 1_000


@pytest.mark.parametrize("form", ["safetensors", "zip", "traced", "script"])
def test_export_writes_the_format(tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    said = invoke("export", "--format", form, "--out", str(out))
    assert f"{out}: FastCNN, epoch 20, {out.stat().st_size:,} bytes; " in said
    assert ("trains it in plain PyTorch" if form == "script" else "1,000 test images") in said


@pytest.mark.parametrize("form", ["zip", "script"])
def test_the_script_says_what_a_hand_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    moved = "lr 0.005 → 1 at step 150"
    monkeypatch.setattr(mnist_export, "moves_words", lambda run: moved)
    out = tmp_path / "out"
    invoke("export", "--format", form, "--out", str(out))
    if form == "zip":
        with zipfile.ZipFile(out) as packed:
            script = packed.read("train.py").decode()
    else:
        script = out.read_text(encoding="utf-8")
    assert f"a hand moved {moved}" in script


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    out = str(tmp_path / "model.pt")
    with pytest.raises(ConfigError, match=r"^Format must be one of .*script\. Got 'pdf' instead"):
        invoke("export", "--format", "pdf", "--out", out)
    with pytest.raises(RunError, match="There is no digits run 'nobody' on this machine"):
        invoke("convert-to-torch-script", "--out", out, "--run", "nobody")
    with pytest.raises(UploadError, match="its folder is not there: name another file"):
        invoke("convert-to-torch-script", "--out", str(tmp_path / "no" / "model.pt"))
    with pytest.raises(UploadError, match=r"cannot be written \(Is a directory\): name another file"):
        invoke("export", "--format", "script", "--out", str(tmp_path))
    assert not (tmp_path / "model.pt").exists()
