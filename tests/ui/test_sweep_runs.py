"""The runs of a sweep on its page: what has ended is read once, and what was deleted is there no more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st

from dlcore.run import Run, new_run
from dlcore.sweep.record import new_sweep
from dlcore.sweep.setup import SweepConfig, plan_of
from ui import services
from ui.views import sweep as view


def test_a_run_that_was_deleted_elsewhere_takes_its_dot_along(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = new_sweep("anna", "sweep-1", plan_of(SweepConfig(first_values="0.01", seeds=2)), stops=True)
    runs: dict[str, Run] = {}
    for place, entry in enumerate(sweep.entries):
        run = new_run("anna", "mnist", entry.config, name=f"seed {place}", status="finished")
        runs[run.id], sweep = run, sweep.changed(place, run_id=run.id)
    read: list[str] = []

    def get(run_id: str) -> Run | None:
        read.append(run_id)
        return runs.get(run_id)

    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(services, "runner", lambda: SimpleNamespace(get=get))
    monkeypatch.setattr(services, "store", lambda: SimpleNamespace(there=runs.keys().__and__))
    first, second = runs
    assert [run.id for run in view.found_of(sweep).runs if run is not None] == [first, second]
    view.found_of(sweep)
    assert read == [first, second], "once"
    del runs[first]
    found = view.found_of(sweep)
    assert found.runs[0] is None
    assert found.deleted == 1
    assert found.runs[1] is not None
