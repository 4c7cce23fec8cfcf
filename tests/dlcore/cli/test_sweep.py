"""`sweep` on the command line: its runs are stored, what is lost stops, the same again trains nothing."""

from __future__ import annotations

from contextlib import closing
from functools import partial

import pytest

from dlcore.cli.sweep import sweep
from dlcore.errors import ConfigError
from dlcore.runs.local import OWNER
from dlcore.runs.storage.store import Store
from tests.dlcore.cli import call

invoke = partial(call.invoke, sweep)
answer = partial(call.answer, sweep)
SMALL = ("--train-size", "1200", "--val-size", "0", "--batch-size", "32")


def stored() -> list[str]:
    with closing(Store()) as store:
        return [run.id for run in store.runs_of(OWNER)]


def test_a_sweep_is_trained_told_and_not_trained_twice() -> None:
    asked = ("--turn", "lr=0.01,0.02,0.005,0.000001", "--seeds", "1", *SMALL)
    found = answer(*asked)
    assert [run["lr"] for run in found["runs"]] == [0.01, 0.02, 0.005, 1e-6]
    *good, lost = found["runs"]
    assert all(run["accuracy"] > 0.5 and run["status"] == "finished" for run in good)
    assert lost["status"] == "stopped"
    assert "over 3 times the others' median" in lost["stopped"]
    assert [mean["value"] for mean in found["means"]["lr"]] == [0.01, 0.02, 0.005]
    assert "nobody can tell whether that is luck" in found["verdicts"]["lr"]["says"]
    again = answer(*asked)
    assert [run["run_id"] for run in again["runs"]][:3] == [run["run_id"] for run in good]
    assert len(stored()) == 5, "what was stopped is tried once more"


def test_more_than_luck_takes_seeds() -> None:
    words = invoke("--turn", "lr=0.000001,0.01", "--seeds", "2", "--keep-all", "--name", "two", *SMALL)
    assert words.startswith("4 runs: 2 values of learning rate, 2 seeds; 152 steps in all.")
    assert "More than the luck seen here, from 2 seeds." in words


def test_what_cannot_be_is_a_sentence_and_trains_nothing() -> None:
    with pytest.raises(ConfigError, match="Runs of a sweep must be from 1 to 24"):
        invoke("--turn", "lr=0.1,0.2", "--seeds", "25")
    with pytest.raises(ConfigError, match="Learning rate must be turned once"):
        invoke("--turn", "lr=0.1", "--turn", "lr=0.2")
    assert stored() == []
