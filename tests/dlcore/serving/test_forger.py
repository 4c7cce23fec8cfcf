"""A forger taken away draws what it drew in the lab, and its script makes a wall where there is no lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from dlcore.runs.jobs.forger_export import ForgerExportJob
from dlcore.runs.jobs.gan import load_pair
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.serving.forger import FILES, ForgerFile, ForgerFormat, drawing_script, export_forger

CHECKPOINT = shipped_run("gan").checkpoints[-1]


@pytest.mark.parametrize("form", FILES)
def test_a_file_draws_as_the_network_does_and_its_script_runs_anywhere(
    tmp_path: Path, form: ForgerFormat
) -> None:
    payload = {"checkpoint": CHECKPOINT, "format": form}
    *_, made = ForgerExportJob(Submission("x", "anna", "export_forger", payload, tmp_path, 1)).events()
    assert isinstance(made, ForgerFile)
    assert made.format == form
    assert made.difference < 0.05, "of 255 grey levels"
    assert str(Path.cwd()).encode() not in made.content, "no folder of this machine"
    (tmp_path / FILES[form]).write_bytes(made.content)
    forger, _, config = load_pair(CHECKPOINT)
    (tmp_path / "draw.py").write_text(drawing_script(form, forger.noise, config.digit))
    subprocess.run([sys.executable, "-W", "ignore", "draw.py"], cwd=tmp_path, check=True, timeout=300)
    with Image.open(tmp_path / "wall.png") as wall:
        assert wall.size == (280, 280)
        assert wall.getextrema()[1] > 200, "there is ink"


def test_a_forger_is_left_as_it_was() -> None:
    forger, _, _ = load_pair(CHECKPOINT)
    before = {name: value.clone() for name, value in forger.state_dict().items()}
    export_forger(forger, "torchscript")
    assert not forger.training
    assert all(torch.equal(value, before[name]) for name, value in forger.state_dict().items())


def test_the_script_of_one_digit_asks_for_that_one() -> None:
    assert "np.full(100, 7)" in drawing_script("onnx", 32, 7)
