"""`lr-finder` on the command line: a suggestion in words and in JSON, and its tries."""

from __future__ import annotations

from functools import partial

import pytest

from dlcore.cli.lr_finder import lr_finder
from dlcore.errors import ConfigError
from dlcore.words import number
from tests.dlcore.cli import call

invoke = partial(call.invoke, lr_finder)
answer = partial(call.answer, lr_finder)
SMALL = ("--batch-size", "8", "--optimizer", "sgd", "--net", "FastCNN")


def test_it_suggests_and_tries() -> None:
    found = answer("--preset", "class", *SMALL, "--try")
    assert found["suggestion"] == pytest.approx(found["lowest"] / 10, rel=0.05)
    assert len(found["losses"]) == len(found["smoothed"]) == len(found["rates"])
    assert found["suggestion"] in [one["lr"] for one in found["tries"]]
    assert found["config"]["batch_size"] == 8
    assert invoke("--preset", "class", *SMALL).startswith(f"Suggested: {number(found['suggestion'])}.")


def test_what_cannot_be_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match="Preset must be one of fast, best, lesson, book, class"):
        invoke("--preset", "slow")
    with pytest.raises(ConfigError, match="Batch size must be a whole number"):
        invoke("--batch-size", "none")
