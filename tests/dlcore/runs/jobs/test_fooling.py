"""How hard a network is to fool, inside a task."""

from __future__ import annotations

from pathlib import Path

from dlcore.events import Stage
from dlcore.runs.jobs.fooling import HardnessJob
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run


def test_the_job_says_digit_by_digit_how_far_it_is() -> None:
    payload = {"checkpoint": shipped_run("mnist").checkpoints[-1]}
    job = make_job(Submission("id", "", "hardness", payload, Path(), threads=1))
    assert isinstance(job, HardnessJob)
    first, second = next(events := job.events()), next(events)
    assert first == Stage(1 / 50, "1 of 50 digits")
    assert second == Stage(2 / 50, "2 of 50 digits")
