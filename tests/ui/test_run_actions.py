"""Clicks on the list of runs, without a page."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from dlcore.runs.shipped import shipped_run
from tests.waiting import wait_until
from ui import run_actions


def test_a_click_that_comes_while_the_first_is_answered_begins_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Streamlit answers the second in a thread of its own, and does not wait for the first."""
    submitting, go_on = threading.Event(), threading.Event()
    run, begun, repeated = shipped_run("mnist"), list[str](), list[str]()

    def slowly(run: Any, variation: str, begun: list[str]) -> None:
        submitting.set()
        go_on.wait()
        repeated.append(variation)
        begun.append(f"run {len(repeated)}")

    monkeypatch.setattr(run_actions, "_repeat", slowly)
    monkeypatch.setattr(run_actions, "_show", lambda begun: None)
    clicks = [threading.Thread(target=run_actions.again, args=(run, "same", begun)) for _ in range(2)]
    clicks[0].start()
    wait_until(submitting.is_set, "the first is being answered")
    clicks[1].start()
    wait_until(clicks[1].is_alive, "the second has come")
    go_on.set()
    for click in clicks:
        click.join()
    assert repeated == ["same"]
    assert begun == ["run 1"]
