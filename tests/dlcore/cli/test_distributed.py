"""`distributed` on the command line: ranks that train, ranks that break, the script."""

from __future__ import annotations

import json
import zipfile
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dlcore.cli.distributed import distributed
from dlcore.errors import ConfigError
from tests.dlcore.cli import call

invoke = partial(call.invoke, distributed)
answer = partial(call.answer, distributed)


def test_two_ranks_train() -> None:
    found = answer("train", "--ranks", "2", "--steps", "5", "--look")
    assert found["equal"] is True
    assert len(found["steps"]) == 5
    assert len(set(found["weights"])) == 1
    assert found["images_per_second"] > 0


def test_a_broken_group_is_told_and_fails() -> None:
    arguments = ["train", "--ranks", "2", "--steps", "9", "--kill", "2", "--json"]
    result = CliRunner().invoke(distributed, arguments)
    assert result.exit_code == 1
    found = json.loads(result.output.splitlines()[-1])
    assert [rank["code"] for rank in found["ranks"]] == [1, -9]


def test_the_script_is_written(tmp_path: Path) -> None:
    out = tmp_path / "script.zip"
    assert "torchrun" in invoke("script", "--out", str(out), "--images", "100", "--ranks", "3")
    with zipfile.ZipFile(out) as files:
        assert b"--nproc-per-node 3" in files.read("many_gpus/README.txt")


def test_bounds_are_said() -> None:
    with pytest.raises(ConfigError, match="Ranks must be a whole number from 1 to 4"):
        invoke("train", "--ranks", "64")
    with pytest.raises(ConfigError, match=r"Training images must be at least 64, .* Got 10 instead\."):
        invoke("train", "--ranks", "2", "--images", "10")
    with pytest.raises(ConfigError, match="must be at least 64"):
        invoke("script", "--ranks", "2", "--images", "63")
    with pytest.raises(ConfigError, match=r"Join and Apart cannot both be on.*: leave one out\."):
        invoke("train", "--joined", "--apart")
