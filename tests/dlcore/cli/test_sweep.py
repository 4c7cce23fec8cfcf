"""`sweep` on the command line: its runs are stored, what is lost stops, the same again trains nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from dlcore.cli.ending import ASKED, Ended
from dlcore.cli.sweep import sweep
from dlcore.errors import ConfigError
from dlcore.events import Event, Progress
from dlcore.runs.local import OWNER, iter_local_run
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
    assert [run["run_id"] for run in again["runs"]] == [run["run_id"] for run in found["runs"]]
    assert "over 3 times the others' median" in again["runs"][3]["stopped"]
    assert len(stored()) == 4, "what was lost once is lost again"
    kept = answer(*asked, "--keep-all")
    assert kept["runs"][3]["status"] == "finished"
    assert len(stored()) == 5


def test_more_than_luck_takes_seeds() -> None:
    words = invoke("--turn", "lr=0.000001,0.01", "--seeds", "2", "--keep-all", "--name", "two", *SMALL)
    assert words.startswith("4 runs: 2 values of learning rate, 2 seeds; 152 steps in all.")
    assert "More than the luck seen here, from 2 seeds." in words


def test_a_run_broken_off_is_not_counted_as_kept_and_trained_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ASKED, "by", 0)

    def ended_in_the_second(*given: Any, **named: Any) -> Iterator[tuple[str, Event]]:
        for run_id, event in iter_local_run(*given, **named):
            if isinstance(event, Progress) and len(stored()) == 2:
                ASKED.by = signal.SIGINT
            yield run_id, event

    asked = ("--turn", "lr=0.01,0.02", "--seeds", "1", *SMALL)
    with monkeypatch.context() as patched:
        patched.setattr("dlcore.cli.sweep.iter_local_run", ended_in_the_second)
        with pytest.raises(Ended, match="1 of 2 runs are kept"):
            invoke(*asked)
    ASKED.by = 0
    assert [run["status"] for run in answer(*asked)["runs"]] == ["finished", "finished"]
    assert len(stored()) == 3


def test_what_cannot_be_is_a_sentence_and_trains_nothing() -> None:
    with pytest.raises(ConfigError, match="Runs of a sweep must be from 1 to 24"):
        invoke("--turn", "lr=0.1,0.2", "--seeds", "25")
    with pytest.raises(ConfigError, match="Learning rate must be turned once"):
        invoke("--turn", "lr=0.1", "--turn", "lr=0.2")
    assert stored() == []
