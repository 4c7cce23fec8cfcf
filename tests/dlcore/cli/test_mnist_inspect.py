"""`inspect-model`, `viz-model` and `profile` on the command line: numbers, files, sentences."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from dlcore.cli.mnist import app
from dlcore.errors import ConfigError, RunError, UploadError
from dlcore.inspection.torch_profile.result import cores
from tests.dlcore.cli import call

invoke = partial(call.invoke, app)
answer = partial(call.answer, app)


def test_inspect_lists_the_shipped_networks_steps() -> None:
    found = answer("inspect-model")
    assert (found["run_id"], found["net"], found["parameters"]) == ("shipped", "FastCNN", 215_194)
    assert sum(layer["parameters"] for layer in found["layers"]) == 215_194
    assert found["layers"][0]["parameters_why"] == "24·(1·5·5 + 1) = 624"
    words = invoke("inspect-model")
    assert "215,194 parameters, 1,244,160 multiply-adds" in words
    assert "torchinfo counts them too" in words


def test_viz_writes_both_graphs(tmp_path: Path) -> None:
    steps, autograd = tmp_path / "steps.dot", tmp_path / "autograd.gv"
    assert f"Wrote {steps}." in invoke("viz-model", "--out", str(steps))
    assert '"conv1" -> "pool1"' in steps.read_text()
    found = answer("viz-model", "--out", str(autograd), "--kind", "autograd", "--saved")
    assert found == {"out": str(autograd), "run_id": "shipped", "kind": "autograd"}
    assert "ConvolutionBackward0" in autograd.read_text()


def test_what_cannot_be_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = str(tmp_path / "graph.dot")
    with pytest.raises(RunError, match="There is no digits run 'nobody' on this machine"):
        invoke("inspect-model", "--run", "nobody")
    with pytest.raises(UploadError, match=r"must go into a \.dot, \.gv or \.svg file\. Got 'graph\.png'"):
        invoke("viz-model", "--out", str(tmp_path / "graph.png"))
    with pytest.raises(UploadError, match="cannot be written"):
        invoke("viz-model", "--out", str(tmp_path / "no" / "graph.dot"))
    with pytest.raises(ConfigError, match="Batch size must be a whole number from 1 to 1,024"):
        invoke("profile", "--batch-size", "9999")
    with pytest.raises(ConfigError, match=f"Threads must be at most {cores()}"):
        invoke("profile", "--threads", str(cores() + 1))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UploadError, match="needs Graphviz's program dot"):
        invoke("viz-model", "--out", out.replace(".dot", ".svg"))
    assert not list(tmp_path.glob("graph*"))


def test_profile_measures_in_a_process_of_its_own(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    found = answer("profile", "--batch-size", "8", "--largest", "2", "--trace", str(trace))
    assert found["config"]["batch_size"] == 8
    assert set(found["training"]["layers"]) == set(found["inference"]["layers"])
    assert sum(found["training"]["operators"].values()) == pytest.approx(1)
    assert [point["batch_size"] for point in found["sweep"]] == [1, 2, 8]
    assert json.loads(trace.read_text())["traceEvents"]
