"""`feature-embedding` on the command line: one file that opens anywhere, numbers as JSON, sentences."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import typer

from dlcore.cli.blackpatch_embedding import feature_embedding
from dlcore.errors import ConfigError, RunError, UploadError
from tests.dlcore.cli import call

APP = typer.Typer()
APP.command("feature-embedding")(feature_embedding)


invoke = partial(call.invoke, APP)


def test_without_a_run_it_shows_the_shipped_network(tmp_path: Path) -> None:
    out = tmp_path / "embedding.html"
    answer = json.loads(invoke("--out", str(out), "--json").splitlines()[-1])
    assert answer["run_id"] == "shipped-patch"
    assert (answer["images"], answer["wrong"]) == (600, 126)
    assert [layer["units"] for layer in answer["layers"]] == [81, 56, 1]
    assert sum(answer["layers"][1]["variance_held"]) > 0.99
    page = out.read_text(encoding="utf-8")
    assert all(f"<h2>{heading}" in page for heading in ("Input", "Layer 1", "Output", "Logits", "Weights"))


def test_its_own_test_has_six_dots(tmp_path: Path) -> None:
    out = tmp_path / "embedding.html"
    answer = json.loads(invoke("--out", str(out), "--images", "test", "--json").splitlines()[-1])
    assert answer["layers"][0]["dots"] == 6
    assert "0 of 600 wrong" in invoke("--out", str(out), "--images", "test")


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    out = str(tmp_path / "embedding.html")
    with pytest.raises(RunError, match="There is no black patch run 'nobody' on"):
        invoke("--out", out, "--run", "nobody")
    with pytest.raises(ConfigError, match="Perplexity must be below 600"):
        invoke("--out", out, "--method", "tsne", "--perplexity", "700")
    with pytest.raises(UploadError, match="cannot be written"):
        invoke("--out", str(tmp_path / "no" / "folder.html"))
