"""`batches` on the command line: the digits counted, loading measured with a worker in a fresh Python."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

import pytest

from dlcore.cli.batches import batches
from dlcore.errors import ConfigError
from tests.dlcore.cli import call

invoke = partial(call.invoke, batches)
answer = partial(call.answer, batches)


def test_digits_are_counted() -> None:
    found = answer("count")
    assert sum(found["train"]) == 60_000
    assert found["train"][5] == 5_421
    assert "Rarest is the 5: 5,421 of 60,000." in invoke("count")


def test_workers_are_measured(python_environment: dict[str, str]) -> None:
    command = [
        sys.executable,
        "-m",
        "dlcore",
        "batches",
        "measure",
        "--images",
        "320",
        "--workers",
        "1",
        "--json",
    ]
    done = subprocess.run(
        command, env=python_environment, capture_output=True, text=True, check=True, timeout=300
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert [way["name"] for way in found["ways"]] == [
        "tensors",
        "DataLoader, 0 workers",
        "DataLoader, 1 worker",
    ]


def test_how_much_is_measured_has_the_bounds_of_its_settings() -> None:
    with pytest.raises(ConfigError, match=r"Images must be .* from 320 to 32,000\. Got '319' instead\."):
        invoke("measure", "--images", "319")
    with pytest.raises(ConfigError, match=r"Workers must be .* from 0 to 4\. Got '5' instead\."):
        invoke("measure", "--workers", "5")
