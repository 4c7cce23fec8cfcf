"""Asking: work is found by its key, begun once, and its payload built only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dlcore.events import Stage
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.plan import plan
from dlcore.run import Checkpoint, Status
from dlcore.runs.tasks import Task
from ui import services, state, visits, work
from ui.lenses import surfaces
from ui.work import Asked, ask


class Noted:
    """Tasks that only note what was submitted; each stands as its test says."""

    def __init__(self, *, forgets: int = 0) -> None:
        self.by_key: dict[tuple[str, str], Task] = {}
        self.payloads: list[Mapping[str, Any]] = []
        self.forgets = forgets

    def find(self, kind: str, key: str, **whose: str) -> Task | None:
        return self.by_key.get((kind, key))

    def submit(self, kind: str, payload: Mapping[str, Any], *, key: str, **whose: str) -> str:
        task = Task(f"task {len(self.payloads)}", kind)
        self.payloads.append(payload)
        self.by_key[kind, key] = task
        return task.id

    def get(self, task_id: str) -> Task | None:
        self.forgets -= 1
        return None if self.forgets >= 0 else next(t for t in self.by_key.values() if t.id == task_id)

    def stands(self, status: Any, *events: Any, reason: str = "") -> None:
        """From now on every task stands so."""
        for name, task in self.by_key.items():
            self.by_key[name] = Task(task.id, task.kind, status, reason, events)


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Noted:
    noted = Noted()
    monkeypatch.setattr(services, "tasks", lambda: noted)
    monkeypatch.setattr(visits, "session", lambda: "a visit")
    monkeypatch.setattr(state, "owner", lambda: "anna")
    monkeypatch.setattr(state, "address", lambda: "10.0.0.7")
    return noted


def number(payload: Callable[[], Mapping[str, Any]] = dict) -> Asked[int]:
    return ask(int, "count", "one", payload)


def test_a_payload_is_built_once(tasks: Noted) -> None:
    def again() -> Mapping[str, Any]:
        raise AssertionError("it is at work already")

    first = number(lambda: {"up to": 3})
    assert number(again) == first
    assert tasks.payloads == [{"up to": 3}]


def test_what_was_forgotten_in_between_is_asked_for_again(tasks: Noted) -> None:
    tasks.forgets = 2
    assert number().task == tasks.find("count", "one", session="")
    assert len(tasks.payloads) == 3


def test_the_result_is_the_last_event_once_it_is_one(tasks: Noted) -> None:
    number()
    tasks.stands("running", Stage(0.5, "Counting"))
    assert (number().result, number().active, number().reason) == (None, True, "")
    tasks.stands("finished", Stage(0.5, "Counting"), 7)
    assert (number().result, number().active, number().failed) == (7, False, False)


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [("failed", "It broke.", "It broke."), ("stopped", "", "It was cancelled.")],
)
def test_why_there_is_no_result(tasks: Noted, status: str, reason: str, said: str) -> None:
    number()
    tasks.stands(status, reason=reason)
    assert (number().failed, number().reason) == (True, said)
    assert Asked[int]().reason == ""


def test_what_only_waits_says_so() -> None:
    queued, running = Asked[int](task=Task("a", "count")), Asked[int](task=Task("b", "count", "running"))
    assert work.words([queued], "Counting …") == "Waiting for a free place …"
    assert work.words([queued, running], "Counting …") == "Counting …"


@pytest.mark.parametrize(
    ("places", "status", "said"),
    [
        ((1,), "queued", "Waiting for a free place: yours is next …"),
        ((4, 3), "queued", "Waiting for a free place: 2 before yours …"),
        ((1,), "paused", "Giving way to somebody who has nothing yet: yours is next …"),
    ],
)
def test_what_waits_says_its_place(places: tuple[int, ...], status: Status, said: str) -> None:
    asked = [Asked[int](task=Task(f"{place}", "count", status, place=place)) for place in places]
    assert work.words(asked, "Counting …") == said


# --- Surfaces: the one picture of many tasks --------------------------------------------------

RUN = (Checkpoint(Path("weights"), "digest", 1, 1),)
CONFIG = SurfaceConfig(plane="random", resolution="21")


def test_a_finer_level_begins_when_the_one_before_it_is_done(tasks: Noted) -> None:
    coarse, fine = plan(CONFIG)
    assert len(surfaces.surface(RUN, CONFIG).asked) == len(coarse)
    tasks.stands("running")
    assert len(surfaces.surface(RUN, CONFIG).asked) == len(coarse)
    tasks.stands("finished")
    assert len(surfaces.surface(RUN, CONFIG).asked) == len(coarse) + len(fine)
    assert [payload["config"]["resolution"] for payload in tasks.payloads] == ["11"] * 2 + ["21"] * 2
    assert [payload["share"] for payload in tasks.payloads] == [part.share for part in (*coarse, *fine)]


def test_a_picture_is_put_together_only_when_there_is_news(
    tasks: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[list[object]] = []
    monkeypatch.setattr(surfaces, "assemble_picture", lambda events, points: heard.append(list(events)))
    surfaces._assembled.cache_clear()
    config = CONFIG.replace(seed=5)
    for events in ((), (), ("row",), ("row",), ("row", "row")):
        surfaces.surface(RUN, config)
        tasks.stands("running", *events)
    surfaces.surface(RUN, config)
    assert [len(events) for events in heard] == [0, 2, 4]
