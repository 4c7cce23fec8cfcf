"""Every format says what the network says, on any number of images, and runs where there is no lab."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlcore.errors import ExportError
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import Normalize
from dlcore.nets.registry import build_model
from dlcore.serving import export, formats
from dlcore.serving.bundle import bundled_files
from dlcore.serving.export import AGREE, Unwritten, Written, iter_export, logits_of, write
from dlcore.serving.formats import FORMATS, FormatName
from dlcore.serving.reload import read_header, read_zip
from dlcore.serving.snippets import snippet
from dlcore.serving.torchscript import readable, scripted
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig
from tests.dlcore.serving.exports import changes, shipped, unscriptable, written

FEW = load_test().images[:7]


@pytest.fixture(scope="module")
def files() -> dict[FormatName, Written]:
    return {name: file for name, (file, _) in written().items()}


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_says_what_the_network_says(files: dict[FormatName, Written], name: FormatName) -> None:
    """After epoch 20 logits pass 32, where one step of float32 is 4e-6."""
    assert 32 < files[name].largest < 64
    assert files[name].images == 1_000
    rounded = 8 * 2.0**-18  # ONNX Runtime adds in an order of its own, which hangs on the processor
    assert files[name].difference <= (rounded if name == "onnx" else 1e-5)
    assert files[name].agrees == (files[name].difference <= AGREE == 1e-5)


@pytest.mark.parametrize("name", FORMATS)
def test_the_number_of_images_is_free(files: dict[FormatName, Written], name: FormatName) -> None:
    trained = shipped(20)
    read = FORMATS[name].read(files[name].content)
    for count in (1, 3, 7):
        digits = trained.normalize(FEW[:count])
        assert (logits_of(read, digits) - logits_of(trained.model, digits)).abs().max() <= AGREE


@pytest.mark.parametrize("name", FORMATS)
def test_the_lessons_net_can_be_exported_too(name: FormatName) -> None:
    config = TrainConfig(net="SimpleCNN", normalize="half")
    file = write(Trained(build_model("SimpleCNN", seed=1), config, 0), name, images=100)
    assert file.difference <= AGREE
    assert 4 * 804_554 < len(file.content) < 1.02 * 4 * 804_554


def test_a_wrong_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Trained(build_model("FastCNN", seed=3), TrainConfig(), 0)
    wrong = replace(FORMATS["safetensors"], write=lambda trained: FORMATS["zip"].write(other), read=read_zip)
    monkeypatch.setattr(export, "FORMATS", {"safetensors": wrong})
    with pytest.raises(ExportError, match=r"does not compute the same \(a logit differs by \d.*: do not use"):
        write(shipped(), "safetensors", images=10)


def test_weights_that_are_no_numbers_are_said_to_be_so() -> None:
    model = build_model("FastCNN")
    with torch.no_grad():
        model.fc2.bias[0] = torch.nan
    with pytest.raises(ExportError, match="no finite numbers: take weights of an earlier epoch"):
        write(Trained(model, TrainConfig(), 3), "safetensors", images=2)


def test_whatever_an_exporter_stumbles_over_is_its_rows_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(FORMATS["safetensors"], read=read_zip)
    monkeypatch.setattr(export, "FORMATS", dict.fromkeys(FORMATS, broken) | {"zip": FORMATS["zip"]})
    monkeypatch.setattr(export, "left_out", lambda trained, digits: None)
    events = list(iter_export(shipped()))
    assert [event.format for event in events if isinstance(event, Written)] == ["zip"]
    problems = {event.problem for event in events if isinstance(event, Unwritten)}
    assert problems == {
        "safetensors + JSON cannot hold this net (File is not a zip file): take another format."
    }
    assert "BadZipFile" in caplog.text


def test_the_header_says_what_the_weights_are(files: dict[FormatName, Written]) -> None:
    header = read_header(files["safetensors"].content)
    assert (header["net"], header["epoch"]) == ("FastCNN", 20)
    assert header["normalize"] == {"mean": 0.1307, "std": 0.3081}
    assert TrainConfig(**header["config"]) == shipped().config


@pytest.mark.parametrize("name", ["pt2", "onnx", "safetensors", "zip"])
def test_no_folder_of_this_machine_leaves_it(files: dict[FormatName, Written], name: FormatName) -> None:
    assert str(Path(formats.__file__).parents[2]).encode() not in files[name].content


def test_torchscript_can_be_read(files: dict[FormatName, Written]) -> None:
    assert "torch.flatten" in files["torchscript"].code
    assert "prim::GetAttr" in files["traced"].graph
    _, graph = readable(scripted(shipped().in_eval()))
    assert "# fast_cnn.py:" in graph


# --- What cannot be ---------------------------------------------------------------------------


def test_what_torchscript_refuses_names_the_line_and_the_way_out() -> None:
    with pytest.raises(ExportError, match="take the traced form instead") as refused:
        write(unscriptable(), "torchscript", images=10)
    sentence = str(refused.value)
    assert "of exports.py, `times = len({size + 1 for size in (1, 2)})`" in sentence
    assert "SetComp aren't supported" in sentence
    assert write(unscriptable(), "traced", images=10).agrees


def test_the_other_formats_are_written_all_the_same(
    files: dict[FormatName, Written], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = formats.find_spec
    monkeypatch.setattr(export, "_write", lambda trained, name, images: files[name])
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "onnxscript" else found(name))
    monkeypatch.setattr(formats, "torchscript_supported", lambda: False)
    monkeypatch.setattr(export, "left_out", lambda trained, digits: None)
    events = list(iter_export(shipped()))
    problems = {event.format: event.problem for event in events if isinstance(event, Unwritten)}
    assert problems == {
        "onnx": "ONNX needs onnxscript: install it to have this row.",
        "torchscript": "TorchScript is not supported from Python 3.14 on: take the .pt2 instead.",
        "traced": "TorchScript is not supported from Python 3.14 on: take the .pt2 instead.",
    }
    assert {event.format for event in events if isinstance(event, Written)} == {"safetensors", "zip", "pt2"}


@pytest.mark.parametrize("name", FORMATS)
def test_the_callers_model_stays_as_it_was(name: FormatName) -> None:
    _, changed = written()[name]
    assert changed == []


def test_it_stays_so_when_torchscript_refuses() -> None:
    trained = unscriptable()
    with changes(trained.model) as changed, pytest.raises(ExportError):
        write(trained, "torchscript", images=2)
    assert changed == []
    assert trained.model.training


# --- Elsewhere --------------------------------------------------------------------------------

ELSEWHERE = """
import sys, runpy
sys.modules["dlcore"] = sys.modules["streamlit"] = None
sys.path.insert(0, ".")
for name in sys.argv[1:]:
    runpy.run_path(name)
"""


def test_every_snippet_runs_where_there_is_no_lab(files: dict[FormatName, Written], tmp_path: Path) -> None:
    trained = shipped(20)
    for name, file in files.items():
        if name != "zip":
            path = tmp_path / f"net{FORMATS[name].suffix}"
            path.write_bytes(file.content)
            (tmp_path / f"use_{name}.py").write_text(
                snippet(name, path.name, "FastCNN", trained.normalize), encoding="utf-8"
            )
    (tmp_path / "model.py").write_text(str(bundled_files(trained)["model.py"]), encoding="utf-8")
    uses = sorted(path.name for path in tmp_path.glob("use_*.py"))
    assert len(uses) == 5
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", ELSEWHERE, *uses],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    digits = trained.normalize(torch.zeros(1, 1, 28, 28))
    answer = int(logits_of(trained.model, digits).argmax())
    assert [line for line in done.stdout.split() if line in (f"tensor([{answer}])", f"[{answer}]")] == [
        f"[{answer}]" if "onnx" in name else f"tensor([{answer}])" for name in uses
    ]


def test_shares_of_large_logits_are_numbers() -> None:
    """As an overtrained network gives them: their exponentials are infinite in float32."""
    lines = snippet("onnx", "net.onnx", "FastCNN", Normalize(0.1, 0.3)).splitlines()
    names: dict[str, Any] = {"np": np, "logits": np.array([[1000.0, 0.0]], np.float32)}
    exec("\n".join(line for line in lines if line.startswith("shares")), names)
    assert names["shares"].tolist() == [[1.0, 0.0]]
