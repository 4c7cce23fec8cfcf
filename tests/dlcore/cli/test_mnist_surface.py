"""`simulate-loss-curve` on the command line: a page that opens anywhere, numbers as JSON, sentences."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from torch import nn

from dlcore.cli.mnist_surface import simulate_loss_curve
from dlcore.errors import ConfigError, RunError, UploadError
from tests.dlcore.cli import call

APP = typer.Typer()
APP.command("simulate-loss-curve")(simulate_loss_curve)
SMALL = ("--resolution", "11", "--samples", "32")


invoke = partial(call.invoke, APP)


def answer(out: Path, *arguments: str) -> dict[str, Any]:
    return call.answer(APP, *SMALL, "--out", str(out), *arguments)


def test_the_shipped_path_is_drawn_whatever_its_plane_is_called(tmp_path: Path) -> None:
    out = tmp_path / "surface.html"
    found = answer(out, "--plane", "pca")
    assert (found["run_id"], found["epoch"], found["config"]["plane"]) == ("shipped", 20, "path")
    assert 0.7 < found["variance_held"] < 0.95
    assert [stop["epoch"] for stop in found["path"]] == [0, 1, 2, 5, 10, 20]
    assert found["lowest"]["loss"] <= found["highest"]["loss"]
    assert found["centre_loss"] == found["path"][-1]["loss"] < 0.01
    assert (found["points"], found["not_finite"], found["parameters"]) == (121, 0, 215_194)
    page = out.read_text(encoding="utf-8")
    assert "The shipped model, epoch 20" in page
    assert 'src="http' not in page, "it opens without internet"
    assert len(page) > 3_000_000, "plotly.js is in the file"


def test_a_random_plane_has_the_network_in_its_middle(tmp_path: Path) -> None:
    found = answer(tmp_path / "surface.html", "--plane", "random", "--no-fix-biases")
    assert found["variance_held"] is None
    assert found["path"] == []
    assert found["centre_loss"] < 0.01 < found["highest"]["loss"]
    assert found["config"]["fix_biases"] is False


def test_so_many_threads_measure_the_same_points(tmp_path: Path) -> None:
    out = tmp_path / "surface.html"
    alone = answer(out, "--plane", "path", "--threads", "1")
    calling = nn.Module.__call__
    shared = answer(out, "--plane", "path", "--threads", "3")
    assert nn.Module.__call__ is calling, "reading a network changes it for a moment, for all threads"
    for found in (alone, shared):
        del found["seconds"]
    assert alone == shared


def test_a_walk_is_one_threads_work(tmp_path: Path) -> None:
    found = answer(tmp_path / "surface.html", "--plane", "random", "--fault", "walk", "--threads", "2")
    assert found["points"] == 121


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="There is no digits run 'nobody'"):
        invoke("--run", "nobody")
    with pytest.raises(ConfigError, match=r"Resolution must be one of 11, 21, 41, 81\. Got '500' instead\."):
        invoke("--resolution", "500")
    with pytest.raises(ConfigError, match=r"Extent must be a number from 0\.01 to 10"):
        invoke("--extent", "0")
    with pytest.raises(UploadError, match=r"There is no folder .* to write page.html into: make it first\."):
        invoke("--out", str(tmp_path / "no" / "page.html"))
    with pytest.raises(UploadError, match="cannot be written"):
        invoke(*SMALL, "--out", str(tmp_path))
