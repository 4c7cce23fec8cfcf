"""The ground under a run as a task: it rests between its stretches, and says what it cannot use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlcore.errors import CheckpointError, ConfigError
from dlcore.landscape.rolling import Request, Rolled
from dlcore.run import Checkpoint
from dlcore.runs.jobs import rolling
from dlcore.runs.jobs.rolling import BUSY_REST, LONGEST_REST, REST, RollingJob, resting
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run

RUN = shipped_run("mnist").checkpoints


def job(request: Request, before: tuple[Checkpoint, ...] = RUN, **digits: Any) -> RollingJob:
    payload = {"start": RUN[0], "before": before, "request": request, "config": {"samples": 32} | digits}
    return RollingJob(Submission("x", "", "rolling", payload, Path(), 1))


def test_the_last_event_is_the_ground_under_the_last_stop() -> None:
    *_, found = job(Request(RUN[:2], measure=True)).events()
    assert isinstance(found, Rolled)
    assert [ball.step for ball in found.balls] == [c.step for c in RUN[:2]]
    assert found.ground is not None
    assert found.ground.step == RUN[1].step
    assert found.samples == 32


def test_it_rests_only_if_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(rolling.time, "sleep", rests.append)
    for _ in job(Request(RUN[:1], rests=False)).events():
        assert not rests
    for _ in job(Request(RUN[:1])).events():
        continue
    assert rests


def test_what_it_cannot_use_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^Images must be"):
        job(Request(RUN[:1]), samples=1)
    gone = replace(RUN[0], path=tmp_path / "gone.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        job(Request(RUN[:1]), before=(gone, RUN[1]))


def test_after_each_stretch_it_rests_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """On clocks of the test's own: alone on a core, beside a run, among many, and once for very long."""
    wall, cpu, rests = [0.0], [0.0], []
    stretches = ((0.02, 0.02), (0.08, 0.02), (0.30, 0.02), (3.0, 3.0))

    def sleep(seconds: float) -> None:
        rests.append(seconds)
        wall[0] += seconds

    def work() -> Any:
        for took, worked in stretches:
            wall[0] += took
            cpu[0] += worked
            yield took

    monkeypatch.setattr(rolling.time, "monotonic", lambda: wall[0])
    monkeypatch.setattr(rolling.time, "process_time", lambda: cpu[0])
    monkeypatch.setattr(rolling.time, "sleep", sleep)
    assert list(resting(work())) == [took for took, _ in stretches]
    assert rests == pytest.approx([REST * 0.02, BUSY_REST * 0.02, BUSY_REST * 0.02, LONGEST_REST])
